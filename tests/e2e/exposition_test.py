"""The readers that other tests trust must refuse what a scraper would refuse."""

import math
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from exposition import Malformed, parse_openmetrics, parse_text, samples, value  # noqa: E402

TEXT = r"""# HELP lamp_lit Whether the lamp \\ is lit\nat night
# TYPE lamp_lit gauge
lamp_lit{name="north \"pier\"",path="a\\b\nc"} 1
lamp_lit{name="south"} NaN 1700000000000
# TYPE watch_seconds histogram
watch_seconds_bucket{le="0.1"} 1
watch_seconds_bucket{le="+Inf"} 3
watch_seconds_sum 1.5e+00
watch_seconds_count 3
untyped_thing -Inf
"""

OPEN = r"""# TYPE lamp_lit gauge
# HELP lamp_lit With a \"quote\"
lamp_lit 1
# TYPE rounds counter
# UNIT watch_seconds seconds
# TYPE watch_seconds histogram
watch_seconds_bucket{le="0.1"} 1 # {run="7"} 0.05 1700000000.5
watch_seconds_bucket{le="+Inf"} 3
watch_seconds_count 3
watch_seconds_sum 1.5
watch_seconds_created 1700000000
# TYPE agent info
agent_info{version="1"} 1
# EOF
"""

BAD_TEXT = {
    "no line feed at the end": "a 1",
    "carriage return": "a 1\r\n",
    "bad name": "9a 1\n",
    "dash in a name": "a-b 1\n",
    "no value": "a\n",
    "two blanks": "a  1\n",
    "value is a word": "a one\n",
    "hexadecimal": "a 0x10\n",
    "label not closed": 'a{b="c} 1\n',
    "label without quotes": "a{b=c} 1\n",
    "label twice": 'a{b="1",b="2"} 1\n',
    "unknown escape": 'a{b="\\t"} 1\n',
    "sample twice": 'a{b="1"} 1\na{b="1"} 2\n',
    "family in two pieces": "a 1\nb 1\na{c=\"1\"} 1\n",
    "type after the sample": "a 1\n# TYPE a gauge\n",
    "unknown type": "# TYPE a gouge\na 1\n",
    "not cumulative": '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 1\n',
    "no +Inf": '# TYPE h histogram\nh_bucket{le="1"} 2\nh_count 2\nh_sum 1\n',
    "count differs": '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 2\nh_sum 1\n',
}

BAD_OPEN = {
    "no EOF": "# TYPE a gauge\na 1\n",
    "text after EOF": "# EOF\na 1\n",
    "empty line": "\n# EOF\n",
    "counter without _total": "# TYPE a counter\na 1\n# EOF\n",
    "exemplar on a gauge": '# TYPE a gauge\na 1 # {b="1"} 1\n# EOF\n',
    "exemplar too long": '# TYPE a counter\na_total 1 # {b="' + "x" * 128 + '"} 1\n# EOF\n',
    "unit that is not in the name": "# UNIT a seconds\n# TYPE a gauge\na 1\n# EOF\n",
    "unknown comment": "# TIP a b\n# EOF\n",
}


class ExpositionTest(unittest.TestCase):
    def test_text(self):
        families = parse_text(TEXT)
        self.assertEqual(families["lamp_lit"].help, "Whether the lamp \\ is lit\nat night")
        self.assertEqual(value(families, "lamp_lit", name='north "pier"', path="a\\b\nc"), 1)
        self.assertTrue(math.isnan(value(families, "lamp_lit", name="south")))
        self.assertEqual(samples(families, "lamp_lit", name="south")[0].timestamp, 1700000000)
        self.assertEqual(value(families, "watch_seconds_bucket", le="+Inf"), 3)
        self.assertEqual(value(families, "untyped_thing"), -math.inf)
        self.assertIsNone(value(families, "absent"))

    def test_openmetrics(self):
        families = parse_openmetrics(OPEN)
        bucket = samples(families, "watch_seconds_bucket", le="0.1")[0]
        self.assertEqual(bucket.exemplar, ({"run": "7"}, 0.05, 1700000000.5))
        self.assertEqual(families["watch_seconds"].unit, "seconds")
        self.assertEqual(families["agent"].kind, "info")

    def test_malformed_text_is_refused(self):
        for name, body in BAD_TEXT.items():
            with self.subTest(case=name), self.assertRaises(Malformed):
                parse_text(body)

    def test_malformed_openmetrics_is_refused(self):
        for name, body in BAD_OPEN.items():
            with self.subTest(case=name), self.assertRaises(Malformed):
                parse_openmetrics(body)


if __name__ == "__main__":
    unittest.main()
