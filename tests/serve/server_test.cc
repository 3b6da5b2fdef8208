#include <stdexcept>

#include "serve/running_server.h"

using namespace vedette;

TEST_CASE("A path is answered by its own route, any other by the fallback") {
  RunningServer server({saying("/metrics", "numbers"), saying("/", "front")}, saying("", "lost"));
  CHECK(body_of(get(server.address, "/metrics")) == "numbers");
  CHECK(body_of(get(server.address, "/")) == "front");
  CHECK(body_of(get(server.address, "/metrics/deeper")) == "lost");
  CHECK(body_of(get(server.address, "/metric")) == "lost");
}

TEST_CASE("Without a fallback an unknown path is 404") {
  RunningServer server({saying("/metrics", "numbers")});
  const std::string answer = get(server.address, "/unknown");
  CHECK(status_of(answer) == 404);
  CHECK(body_of(answer) == "404 page not found\n");
}

TEST_CASE("A request reaches its route whole: method, decoded path, raw query, headers, body") {
  WebRequest seen;
  RunningServer server({{"/a b/%41", [&](const WebRequest& request) {
                           seen = request;
                           return text("ok");
                         }}});
  const std::string answer =
      ask(server.address,
          "POST /a%20b/%2541?x=%41&y=1+2 HTTP/1.1\r\nHost: x\r\nX-Thing: One\r\nConnection: close\r\n"
          "Content-Length: 5\r\n\r\nhello");
  REQUIRE(status_of(answer) == 200);
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/a b/%41");
  CHECK(seen.query == "x=%41&y=1+2");
  CHECK(seen.header("x-thing") == "One");
  CHECK(seen.body == "hello");
}

TEST_CASE("Every method reaches its route, an upgrade to WebSocket too") {
  RunningServer server({{"/", [](const WebRequest& request) { return text(request.method); }}});
  for (const std::string method : {"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const std::string answer =
        ask(server.address, method +
                                " / HTTP/1.1\r\nHost: x\r\nOrigin: http://y\r\nAccess-Control-Request-Method: PUT\r\n"
                                "Content-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(body_of(answer) == method);
  }
  const std::string upgrade = ask(server.address,
                                  "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  CHECK(body_of(upgrade) == "GET");
}

TEST_CASE("A path with a bad escape is 400, one with a NUL byte no known path") {
  RunningServer server({saying("/probe", "secret")});
  CHECK(status_of(get(server.address, "/probe%")) == 400);
  CHECK(status_of(get(server.address, "/probe%0g")) == 400);
  CHECK(status_of(get(server.address, "/probe%00")) == 404);
}

TEST_CASE("Dot segments are no way around the exact match") {
  RunningServer server({saying("/config", "shown")});
  CHECK(status_of(get(server.address, "/x/../config")) == 404);
  CHECK(status_of(get(server.address, "/config/.")) == 404);
}

TEST_CASE("An exception out of a route is 500, and the server lives on") {
  RunningServer server({{"/std", [](const WebRequest&) -> WebResponse { throw std::runtime_error("secret detail"); }},
                        {"/int", [](const WebRequest&) -> WebResponse { throw 1; }},
                        saying("/fine", "ok")});
  for (const std::string path : {"/std", "/int"}) {
    const std::string answer = get(server.address, path);
    CHECK(status_of(answer) == 500);
    CHECK(answer.find("secret detail") == std::string::npos);
  }
  CHECK(body_of(get(server.address, "/fine")) == "ok");
}

TEST_CASE("HEAD gives the head of GET and no body, whole and streamed") {
  bool streamed = false;
  RunningServer server({saying("/whole", "12345"), {"/stream", [&](const WebRequest& request) {
                                                      WebResponse response;
                                                      CHECK(request.method == "GET");
                                                      response.stream = [&](const WebWrite&) { streamed = true; };
                                                      return response;
                                                    }}});
  const std::string whole = ask(server.address, "HEAD /whole HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(head_of(whole).find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(body_of(whole).empty());
  const std::string stream = ask(server.address, "HEAD /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(status_of(stream) == 200);
  CHECK(body_of(stream).empty());
  CHECK_FALSE(streamed);
}

TEST_CASE("An answer's type, code and headers arrive, and no header can begin a second line") {
  RunningServer server({{"/", [](const WebRequest&) {
                           WebResponse response = text("{}");
                           response.status = 418;
                           response.type = "application/json";
                           response.headers = {{"X-One", "a\r\nX-Two: b"}};
                           return response;
                         }}});
  const std::string answer = get(server.address, "/");
  CHECK(status_of(answer) == 418);
  CHECK(answer.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(answer.find("X-One: a  X-Two: b\r\n") != std::string::npos);
}

TEST_CASE("A route prefix is taken off, the root leads to it and all else is 404") {
  ServeOptions options = options_for({"127.0.0.1:0"});
  options.route_prefix = "vedette/";
  RunningServer server({saying("/", "front"), saying("/metrics", "numbers")}, saying("", "lost"), options);
  CHECK(body_of(get(server.address, "/vedette/metrics")) == "numbers");
  CHECK(body_of(get(server.address, "/vedette")) == "front");
  CHECK(body_of(get(server.address, "/vedette/")) == "front");
  CHECK(body_of(get(server.address, "/vedette/none")) == "lost");
  CHECK(status_of(get(server.address, "/vedettes")) == 404);
  CHECK(status_of(get(server.address, "/metrics")) == 404);
  const std::string root = get(server.address, "/");
  CHECK(status_of(root) == 302);
  CHECK(root.find("Location: /vedette/\r\n") != std::string::npos);
}

TEST_CASE("Two requests share a connection when the client wants that") {
  RunningServer server({saying("/", "ok")});
  Client client(server.address);
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string head = client.read_until("\r\n\r\n");
    CHECK(head.find("Connection: keep-alive\r\n") != std::string::npos);
    CHECK(client.read_until("ok") == "ok");
  }
}

TEST_CASE("A request in absolute form is read like any other") {
  RunningServer server({saying("/a", "ok")});
  CHECK(body_of(ask(server.address,
                    "GET http://" + server.address + "/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == "ok");
}

TEST_CASE("The server counts requests by known path and code, and measures them") {
  RunningServer server({saying("/metrics", "numbers")});
  get(server.address, "/metrics");
  get(server.address, "/metrics");
  get(server.address, "/made/up");
  ask(server.address, "nonsense\r\n\r\n");
  server.server->stop(seconds(5));  // all of them are counted by then
  std::vector<OwnFamily> families;
  server.server->own_metrics()(families);
  REQUIRE(families.size() == 4);
  CHECK(families[0].name == "vedette_web_request_duration_seconds");
  CHECK(families[1].name == "vedette_web_requests_in_flight");
  CHECK(families[1].points.at(0).value == 0);
  const OwnFamily& requests = families[2];
  CHECK(requests.name == "vedette_web_requests_total");
  std::vector<std::string> shown;
  for (const OwnPoint& point : requests.points) {
    shown.push_back(label_text(point.labels) + " " + std::to_string(static_cast<int>(point.value)));
  }
  CHECK(shown == std::vector<std::string>{R"(path="/metrics",code="200" 2)", R"(path="other",code="400" 1)",
                                          R"(path="other",code="404" 1)"});
  REQUIRE(families[0].points.size() == 2);
  CHECK(families[0].points[0].buckets.back().second == 2);
}
