#include <kernelwire/history.hpp>

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "glob.hpp"

namespace kernelwire {
namespace {

// Of what was found, the last `count`; all where it is not above 0.
template <class List>
void keep_last(List& list, int count) {
    const auto wanted = static_cast<std::size_t>(std::max(count, 0));
    if (wanted == 0 || list.size() <= wanted) return;
    list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(wanted));
}

}  // namespace

void History::add(int line, std::string input, std::optional<std::string> output) {
    if (limit_ == 0) return;
    if (entries_.size() == limit_) entries_.pop_front();
    entries_.push_back({line, std::move(input), std::move(output)});
}

Reply History::reply(const HistoryRequest& request) const {
    const Found found = request.access == "range"    ? range(request)
                        : request.access == "search" ? search(request)
                                                     : tail(request.n);
    Json list = Json::array();
    for (const Entry* const entry : found) {
        Json text = entry->input;
        if (request.output) {
            const Json result = entry->output ? Json(*entry->output) : Json(nullptr);
            text = Json::array({entry->input, result});
        }
        list.push_back(Json::array({session, entry->line, std::move(text)}));
    }
    return ok({{"history", std::move(list)}});
}

// A session below 1 counts back from this one, and lines below 0 from the next one.
History::Found History::range(const HistoryRequest& request) const {
    Found found;
    if (request.session != 0 && request.session != session) return found;
    const std::int64_t end = entries_.empty() ? 0 : std::int64_t{entries_.back().line} + 1;
    const auto counted = [end](std::int64_t line) { return line < 0 ? line + end : line; };
    const std::int64_t start = counted(request.start);
    const std::int64_t stop = request.stop ? counted(*request.stop) : end;
    for (const Entry& entry : entries_) {
        if (entry.line >= start && entry.line < stop) found.push_back(&entry);
    }
    return found;
}

History::Found History::tail(int count) const {
    Found found;
    if (count <= 0) return found;
    for (const Entry& entry : entries_) found.push_back(&entry);
    keep_last(found, count);
    return found;
}

History::Found History::search(const HistoryRequest& request) const {
    Found found;
    std::unordered_set<Bytes> seen;
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (!matches_glob(request.pattern, entry->input)) continue;
        if (request.unique && !seen.insert(entry->input).second) continue;  // the last of each
        found.push_back(&*entry);
    }
    std::reverse(found.begin(), found.end());
    keep_last(found, request.n);
    return found;
}

}  // namespace kernelwire
