#include "alarm/peer_numbers.h"

namespace vedette {

void append_peer_families(const std::vector<std::shared_ptr<PeerNumbers>>& peers, std::vector<OwnFamily>& families) {
  if (peers.empty()) return;
  using Type = OwnFamily::Type;
  OwnFamily up{"vedette_alertmanager_up", "1: the last post to this Alertmanager was taken.", Type::gauge, {}};
  OwnFamily pending{"vedette_alertmanager_pending_alerts",
                    "Alerts whose latest state this Alertmanager has not taken yet.",
                    Type::gauge,
                    {}};
  OwnFamily posts{"vedette_alertmanager_posts_total", "Posts to this Alertmanager, by result.", Type::counter, {}};
  OwnFamily took{"vedette_alertmanager_post_seconds", "How long posts took.", Type::histogram, {}};
  for (const auto& peer : peers) {
    const Labels name{{"alertmanager", peer->name}};
    if (const int known = peer->up; known >= 0) up.points.push_back({name, static_cast<double>(known), {}});
    pending.points.push_back({name, static_cast<double>(peer->pending), {}});
    auto result = [&](const char* word, const Counter& counter) {
      posts.points.push_back({{name[0], {"result", word}}, static_cast<double>(counter.get()), {}});
    };
    result("failed", peer->failed);
    result("ok", peer->ok);
    result("refused", peer->refused);
    took.points.push_back(peer->seconds.point(name));
  }
  if (!up.points.empty()) families.push_back(std::move(up));
  for (OwnFamily* family : {&pending, &posts, &took}) families.push_back(std::move(*family));
}

}  // namespace vedette
