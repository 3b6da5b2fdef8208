#include "page/alarms_json.h"

#include <limits>

#include "page/alarms_text.h"
#include "support/catch.h"

namespace vedette {
namespace {

StoredTransition example() {
  StoredTransition row;
  row.agent = "node-1";
  row.transition = {"shop",
                    "slow",
                    {{"severity", "critical"}, {"team", "web"}},
                    WallTime(milliseconds(1'795'168'800'250)),
                    AlarmState::ok,
                    AlarmState::alarm,
                    0.5,
                    0.28,
                    "p90 is 500ms, above \"280ms\""};
  return row;
}

TEST_CASE("a page is told as Prometheus tells its answers") {
  CHECK(alarms_json({{example()}, "next"}) ==
        R"({"status":"success","data":{"transitions":[{"time":"2026-11-20T10:00:00.250Z","agent":"node-1",)"
        R"("target":"shop","alarm":"slow","labels":{"severity":"critical","team":"web"},"from":"ok","to":"alarm",)"
        R"("value":0.5,"threshold":0.28,"reason":"p90 is 500ms, above \"280ms\""}],"next":"next"}})"
        "\n");
  CHECK(alarms_json({}) == "{\"status\":\"success\",\"data\":{\"transitions\":[],\"next\":\"\"}}\n");
}

TEST_CASE("numbers and bytes that JSON does not know do no harm") {
  StoredTransition row = example();
  row.transition.value = std::numeric_limits<double>::infinity();
  row.transition.threshold.reset();
  row.transition.reason = "\xff";
  const std::string json = alarms_json({{row}, ""});
  CHECK(json.find(R"("value":"+Inf","threshold":null,"reason":"�")") != std::string::npos);
}

TEST_CASE("an error is told as Prometheus tells it") {
  CHECK(alarms_error_json("bad_data", "no \"x\"") ==
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no \\\"x\\\"\"}\n");
}

TEST_CASE("CSV has quotes where it needs them") {
  StoredTransition odd = example();
  odd.agent = "a\r\nb";
  odd.transition.labels.clear();
  odd.transition.value.reset();
  odd.transition.reason = "plain";
  CHECK(alarms_csv({example(), odd}) ==
        "time,agent,target,alarm,labels,from,to,value,threshold,reason\r\n"
        "2026-11-20T10:00:00.250Z,node-1,shop,slow,\"severity=\"\"critical\"\",team=\"\"web\"\"\",ok,alarm,0.5,0.28,"
        "\"p90 is 500ms, above \"\"280ms\"\"\"\r\n"
        "2026-11-20T10:00:00.250Z,\"a\r\nb\",shop,slow,,ok,alarm,,0.28,plain\r\n");
}

TEST_CASE("the table is aligned, also with letters of several bytes and numbers that are missing") {
  StoredTransition other = example();
  other.transition.target =
      "b\xc3\xa4"
      "ckerei";
  other.transition.after = AlarmState::insufficient_data;
  other.transition.value.reset();
  other.transition.threshold.reset();
  other.transition.reason = "nothing came";
  CHECK(alarms_table({example(), other}) ==
        "TIME                      TARGET    ALARM  STATE                    VALUE  THRESHOLD  REASON\n"
        "2026-11-20T10:00:00.250Z  shop      slow   ok -> alarm              0.5    0.28       p90 is 500ms, above "
        "\"280ms\"\n"
        "2026-11-20T10:00:00.250Z  b\xc3\xa4"
        "ckerei  slow   ok -> insufficient_data                    nothing came\n");
  other.agent = "node-2";
  CHECK(alarms_table({example(), other}).find("AGENT") != std::string::npos);
  CHECK(alarms_table({}).empty());
}

TEST_CASE("nothing in the table commands the terminal") {
  StoredTransition row = example();
  row.transition.reason =
      "a\x1b[31mb\nc\xc2\x9b"
      "d\xe2\x80\xae"
      "e\xff\xc3";
  const std::string table = alarms_table({row});
  CHECK(table.find("a\xef\xbf\xbd[31mb c\xef\xbf\xbd"
                   "d\xef\xbf\xbd"
                   "e\xef\xbf\xbd\xef\xbf\xbd\n") != std::string::npos);
}

}  // namespace
}  // namespace vedette
