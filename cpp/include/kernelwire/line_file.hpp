// A file that lines are appended to by a kernel which goes on whatever becomes of it.
//
// Layer 3. Depends on: log.hpp. Used by: recording.hpp, span_file.cpp.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include <kernelwire/log.hpp>

namespace kernelwire {

/// Appends whole lines. What goes wrong ends that with one warning, and never the kernel.
/// Thread-safe. Windows has it not: there the warning comes at once.
class LineFile {
public:
    /// Which files are taken.
    enum class Opens {
        fresh,  ///< makes the file; one that exists is left as it is
        any,    ///< makes the file, or goes on behind what others have written
    };

    /// @param name  what the log calls it, such as "the recording".
    /// @param path  of a file that is made for its owner only.
    LineFile(std::string name, const std::string& path, Opens opens, Log log);
    ~LineFile();
    LineFile(const LineFile&) = delete;
    LineFile& operator=(const LineFile&) = delete;

    /// @param line  without a line end in it; one is added.
    void append(std::string line);

private:
    void end(const std::string& why);

    const std::string name_;
    const Opens opens_;
    const Log log_;
    std::mutex mutex_;
    int file_ = -1;          // -1: it has ended
    std::int64_t size_ = 0;  // of whole lines
};

}  // namespace kernelwire
