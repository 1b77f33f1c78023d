#include <kernelwire/shells.hpp>

#include <kernelwire/connection.hpp>

namespace kernelwire {

std::shared_ptr<Shell> Shells::find(const std::string& id) const {
    if (id.empty()) return main_;
    const std::lock_guard lock(mutex_);
    const auto found = subshells_.find(id);
    return found == subshells_.end() ? nullptr : found->second;
}

std::string Shells::open() {
    std::string id = new_key();
    const std::lock_guard lock(mutex_);
    if (subshells_.size() >= limit) return "";
    subshells_.emplace(id, std::make_shared<Shell>(id));
    return id;
}

bool Shells::close(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return subshells_.erase(id) > 0;
}

std::vector<std::string> Shells::ids() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    out.reserve(subshells_.size());
    for (const auto& [id, shell] : subshells_) out.push_back(id);
    return out;
}

std::vector<std::shared_ptr<Shell>> Shells::executing() const {
    const auto executes = [](const Shell& shell) {
        return shell.executing.load() != std::thread::id();
    };
    std::vector<std::shared_ptr<Shell>> out;
    if (executes(*main_)) out.push_back(main_);
    const std::lock_guard lock(mutex_);
    for (const auto& [id, shell] : subshells_) {
        if (executes(*shell)) out.push_back(shell);
    }
    return out;
}

}  // namespace kernelwire
