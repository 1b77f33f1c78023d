#include "shell_command.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace kernelwire::cpp {
namespace {

// A file that is nowhere but in memory, holding a child's input. It is no pipe, since nobody would
// be there to fill that while we wait.
class Input {
public:
    explicit Input(const std::string& text) : fd_(memfd_create("input", MFD_CLOEXEC)) {
        for (std::size_t at = 0; fd_ >= 0 && at < text.size();) {
            const ssize_t written = write(fd_, text.data() + at, text.size() - at);
            if (written < 0) break;
            at += static_cast<std::size_t>(written);
        }
        if (fd_ < 0 || lseek(fd_, 0, SEEK_SET) != 0) {
            throw std::system_error(errno, std::generic_category(), "a command's input");
        }
    }
    ~Input() { close(fd_); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

// How a child begins: as the leader of a group, so that an interrupt reaches what it starts, with
// the signals that the kernel ignores.
class Beginning {
public:
    explicit Beginning(const Input& input) {
        sigset_t ignored;
        sigemptyset(&ignored);
        for (const int number : {SIGINT, SIGPIPE, SIGXFSZ}) sigaddset(&ignored, number);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigdefault(&attributes_, &ignored);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input.fd(), STDIN_FILENO);
    }
    ~Beginning() {
        posix_spawnattr_destroy(&attributes_);
        posix_spawn_file_actions_destroy(&actions_);
    }
    Beginning(const Beginning&) = delete;
    Beginning& operator=(const Beginning&) = delete;

    [[nodiscard]] pid_t spawn(const std::vector<std::string>& argv) const {
        std::vector<char*> words;
        words.reserve(argv.size() + 1);
        for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        pid_t child = 0;
        const int code =
            posix_spawnp(&child, words[0], &actions_, &attributes_, words.data(), environ);
        if (code != 0) throw std::system_error(code, std::generic_category(), argv.front());
        return child;
    }

private:
    posix_spawnattr_t attributes_;
    posix_spawn_file_actions_t actions_;
};

}  // namespace

int ShellCommand::run(const std::vector<std::string>& argv, const std::string& input) {
    const Input file(input);
    const pid_t child = Beginning(file).spawn(argv);
    group_ = child;
    // It is let go of once it has ended, and its number may not be used again before: an interrupt
    // that comes now must not reach somebody else.
    siginfo_t ended{};
    while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    group_ = 0;
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void ShellCommand::interrupt() noexcept {
    if (const pid_t group = group_; group != 0) (void)kill(-group, SIGINT);
}

}  // namespace kernelwire::cpp
