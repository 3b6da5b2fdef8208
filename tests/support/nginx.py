"""nginx for what website.py does not speak: HTTP/2. One process, nothing outside its own directory.

    with Nginx(certs["good"]) as nginx: nginx.url("/small")        # https, h2 by ALPN
"""

import shutil
import tempfile
from pathlib import Path

from process import Process, accepts, free_port, tool

LOCATIONS = """
      location = / { return 200 "hello\\n"; }
      location = /small { return 200 "0123456789"; }
      location = /missing { return 404 "nothing\\n"; }
      location = /hop { return 302 /small; }
      location = /loop { return 302 /loop; }
      location = /file { root $dir; default_type text/plain; try_files /page.txt =404; }
      location = /packed { root $dir; gzip on; gzip_proxied any; gzip_min_length 1; gzip_types text/plain;
                           default_type text/plain; try_files /page.txt =404; }
      location = /silent { return 444; }
      location = /echo { default_type text/plain;
                         return 200 "$request_method $scheme $http_host $http_user_agent $server_protocol\\n"; }
"""

CONFIG = """
daemon off;
master_process off;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
events { worker_connections 4096; }
http {
  access_log $dir/access.log;
  client_body_temp_path $dir/body;
  proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  server {
    listen 127.0.0.1:$http_port;
    $locations
  }
  server {
    listen 127.0.0.1:$https_port ssl$http2;
    ssl_certificate $crt;
    ssl_certificate_key $key;
    $locations
  }
  $more
}
"""

PAGE = "".join(f"line {number} of the page\n" for number in range(200))


class Nginx(Process):
    """http on .http_port, https on .https_port."""

    def __init__(self, cert, http2=True, more=""):
        self.home = Path(tempfile.mkdtemp(prefix="vedette-nginx-"))
        self.http_port = free_port()
        self.https_port = free_port()
        (self.home / "page.txt").write_text(PAGE)
        text = CONFIG.replace("$locations", LOCATIONS).replace("$more", more)
        values = {"dir": self.home, "http_port": self.http_port, "https_port": self.https_port, "crt": cert.crt,
                  "key": cert.key, "http2": " http2" if http2 else ""}
        for name in sorted(values, key=len, reverse=True):
            for end in ("/", ";", " ", "\n"):
                text = text.replace(f"${name}{end}", f"{values[name]}{end}")
        config = self.home / "nginx.conf"
        config.write_text(text)
        super().__init__([tool("nginx"), "-e", self.home / "early.log", "-p", self.home, "-c", config], name="nginx",
                         directory=self.home)

    def url(self, path="/", host="127.0.0.1", tls=True):
        return f"http{'s' if tls else ''}://{host}:{self.https_port if tls else self.http_port}{path}"

    def access_log(self):
        return (self.home / "access.log").read_text()

    def __enter__(self):
        super().__enter__()
        self.await_true(lambda: accepts(self.http_port) and accepts(self.https_port), what="nginx to listen")
        return self

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        shutil.rmtree(self.home, ignore_errors=True)
