#include <kernelwire/line_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

#include <kernelwire/bytes.hpp>

namespace kernelwire {

#ifdef _WIN32

LineFile::LineFile(std::string name, const std::string& path, Opens opens, Log log)
    : name_(std::move(name) + " in " + path), opens_(opens), log_(std::move(log)) {
    log_.write(Level::warning, name_ + " is not written: not on this system");
}

LineFile::~LineFile() = default;

void LineFile::append(std::string) {}
void LineFile::end(const std::string&) {}

#else

LineFile::LineFile(std::string name, const std::string& path, Opens opens, Log log)
    : name_(std::move(name) + " in " + path), opens_(opens), log_(std::move(log)) {
    const int how = opens == Opens::fresh ? O_EXCL : O_APPEND;
    file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
    if (file_ >= 0) {
        log_.write(Level::info, name_ + " begins");
    } else {
        log_.write(Level::warning, name_ + " is not written: " + std::strerror(errno));
    }
}

LineFile::~LineFile() {
    if (file_ >= 0) close(file_);
}

void LineFile::append(std::string line) {
    line += '\n';
    const std::lock_guard lock(mutex_);
    if (file_ < 0) return;
    for (Bytes left = line; !left.empty();) {
        const auto written = write(file_, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return end(std::strerror(errno));
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    size_ += static_cast<std::int64_t>(line.size());
}

// Takes back what was written of a line, where nobody else can have written behind it. With the
// lock.
void LineFile::end(const std::string& why) {
    const bool whole = opens_ == Opens::fresh && ftruncate(file_, size_) == 0;
    close(file_);
    file_ = -1;
    log_.write(Level::warning,
               name_ + " ends here: " + why + (whole ? "" : "; its last line may be cut"));
}

#endif

}  // namespace kernelwire
