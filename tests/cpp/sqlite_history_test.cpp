// The history in a file: across sessions, and where the file is not what it should be.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sqlite3.h>
#include <sys/resource.h>

#include <kernelwire/connection.hpp>
#include <kernelwire/sqlite_history.hpp>

using namespace kernelwire;
namespace fs = std::filesystem;

namespace {

// A directory that goes with the test.
struct Place {
    Place() : path(fs::temp_directory_path() / ("history-" + new_key())) {
        fs::create_directory(path);
    }
    ~Place() { fs::remove_all(path); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] std::string file() const { return (path / "below" / "history.sqlite").string(); }

    fs::path path;
};

// What is logged.
struct Lines {
    Log log() {
        return Log(Level::warning, [this](Level, Bytes line) {
            const std::lock_guard lock(mutex);
            lines.emplace_back(line);
        });
    }
    std::mutex mutex;
    std::vector<std::string> lines;
};

// Another process's connection.
struct Other {
    explicit Other(const std::string& path) {
        REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    }
    ~Other() { sqlite3_close(handle); }
    Other(const Other&) = delete;
    Other& operator=(const Other&) = delete;

    void run(const char* text) const {
        REQUIRE(sqlite3_exec(handle, text, nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    sqlite3* handle = nullptr;
};

// No file of this process grows beyond so many bytes.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~FullDisk() {
        (void)setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

SqliteHistoryOptions quickly(Log log = {}) {
    SqliteHistoryOptions options;
    options.delay = std::chrono::milliseconds(1);
    options.patience = std::chrono::milliseconds(1);
    options.log = std::move(log);
    return options;
}

HistoryRequest tail(int n) {
    HistoryRequest out;
    out.n = n;
    return out;
}

HistoryRequest range(int session, int start, std::optional<int> stop = std::nullopt) {
    HistoryRequest out;
    out.access = "range";
    out.session = session;
    out.start = start;
    out.stop = stop;
    return out;
}

HistoryRequest search(const std::string& pattern, int n = 100, bool unique = false) {
    HistoryRequest out;
    out.access = "search";
    out.pattern = pattern;
    out.n = n;
    out.unique = unique;
    return out;
}

Json found(SqliteHistory& history, const HistoryRequest& request) {
    return read_json(history.reply(request).content()).value().at("history");
}

}  // namespace

TEST_CASE("a history lives on in the next session, whose number is one more") {
    const Place place;
    {
        SqliteHistory first(place.file());
        first.add(1, "x = 1");
        first.add(2, "x", "1");
        CHECK(first.session() == 1);
    }
    SqliteHistory second(place.file());
    CHECK(second.session() == 2);
    second.add(1, "größe");
    CHECK(found(second, tail(2)) == Json{{1, 2, "x"}, {2, 1, "größe"}});
    CHECK(found(second, tail(100)).size() == 3);
    HistoryRequest with_output = range(1, 1);
    with_output.output = true;
    CHECK(found(second, with_output) == Json{{1, 1, {"x = 1", nullptr}}, {1, 2, {"x", "1"}}});
}

TEST_CASE("a range is of this session, of one by its number, or counted back") {
    const Place place;
    for (const char* input : {"a", "b"}) SqliteHistory(place.file()).add(1, input);
    SqliteHistory history(place.file());
    for (int line = 1; line <= 4; ++line) history.add(line, "c" + std::to_string(line));
    CHECK(found(history, range(0, 1)).size() == 4);
    CHECK(found(history, range(0, 2, 4)) == Json{{3, 2, "c2"}, {3, 3, "c3"}});
    CHECK(found(history, range(0, -2)) == Json{{3, 3, "c3"}, {3, 4, "c4"}});
    CHECK(found(history, range(1, 0)) == Json{{1, 1, "a"}});
    CHECK(found(history, range(-1, 0)) == Json{{2, 1, "b"}});
    CHECK(found(history, range(-5, 0)) == Json::array());
    CHECK(found(history, range(9, 0)) == Json::array());
}

TEST_CASE("a search is through all sessions, and finds each input once where asked to") {
    const Place place;
    SqliteHistory(place.file()).add(1, "x = 1");
    SqliteHistory history(place.file());
    history.add(1, "x = 1");
    history.add(2, "y = [1]");
    CHECK(found(history, search("x*")).size() == 2);
    CHECK(found(history, search("x*", 100, true)) == Json{{2, 1, "x = 1"}});
    CHECK(found(history, search("*", 1)) == Json{{2, 2, "y = [1]"}});
    CHECK(found(history, search("y = [1]")).size() == 1);  // no class of characters
    CHECK(found(history, search("*=*", 0)).size() == 3);
}

TEST_CASE("the file is its owner's alone, and has the tables of IPython's") {
    const Place place;
    {
        SqliteHistory(place.file()).add(1, "secret");
    }
    const auto permissions = fs::status(place.file()).permissions();
    CHECK((permissions & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    const Other reader(place.file());
    reader.run("SELECT session, start, end, num_cmds, remark FROM sessions");
    reader.run("SELECT session, line, source, source_raw FROM history");
    reader.run("SELECT session, line, output FROM output_history");
}

TEST_CASE("a session that has no inputs leaves nothing") {
    const Place place;
    {
        const SqliteHistory unused(place.file());
    }
    CHECK_FALSE(fs::exists(place.file()));
}

TEST_CASE("a file that is no database is told once, and the session goes on in memory") {
    const Place place;
    fs::create_directory(place.path / "below");
    const std::string text(5000, 'x');
    std::ofstream(place.file()) << text;
    Lines said;
    {
        SqliteHistory history(place.file(), quickly(said.log()));
        for (int line = 1; line <= 3; ++line) {
            history.add(line, "input " + std::to_string(line));
            history.flush();
        }
        CHECK(found(history, tail(2)) == Json{{1, 2, "input 2"}, {1, 3, "input 3"}});
        CHECK_FALSE(history.stored());
        CHECK(history.session() == 0);
    }
    REQUIRE(said.lines.size() == 1);
    CHECK(said.lines[0].find(place.file()) != std::string::npos);
    CHECK(said.lines[0].find("not a database") != std::string::npos);
    CHECK(fs::file_size(place.file()) == text.size());  // somebody may want it
}

TEST_CASE("a directory that cannot be made is told as well") {
    const Place place;
    std::ofstream(place.path / "below") << "a file in its place";
    Lines said;
    SqliteHistory history(place.file(), quickly(said.log()));
    history.add(1, "x");
    CHECK(found(history, tail(5)) == Json{{1, 1, "x"}});
    CHECK(said.lines.size() == 1);
}

TEST_CASE("a file that is broken while it is used is told, and the session goes on") {
    const Place place;
    Lines said;
    {
        SqliteHistory(place.file()).add(1, "before");
    }
    SqliteHistory history(place.file(), quickly(said.log()));
    CHECK(history.session() == 2);
    fs::resize_file(place.file(), fs::file_size(place.file()) / 2);
    history.add(1, "after");
    history.flush();
    CHECK(found(history, tail(1)) == Json{{1, 1, "after"}});
    CHECK(said.lines.size() == 1);
}

TEST_CASE("a disk that takes no more is told, and the session goes on") {
    const Place place;
    Lines said;
    {
        SqliteHistory(place.file()).add(1, "before");
    }
    const FullDisk full(fs::file_size(place.file()));
    {
        SqliteHistory history(place.file(), quickly(said.log()));
        history.add(1, std::string(1'000'000, 'x'));
        history.add(2, "after");
        history.flush();
        CHECK(found(history, tail(1)) == Json{{1, 2, "after"}});
    }
    CHECK(said.lines.size() == 1);
}

TEST_CASE("while another process has the file, cells go on, and it is written later") {
    const Place place;
    Lines said;
    SqliteHistory history(place.file(), quickly(said.log()));
    history.add(1, "before");
    history.flush();
    {
        const Other other(place.file());
        other.run("BEGIN EXCLUSIVE");
        history.add(2, "meanwhile");
        history.flush();
        CHECK(found(history, tail(5)) == Json{{1, 1, "before"}, {1, 2, "meanwhile"}});
        other.run("COMMIT");
    }
    history.flush();
    CHECK(found(history, tail(5)) == Json{{1, 1, "before"}, {1, 2, "meanwhile"}});
    CHECK(history.stored());
    CHECK(said.lines.empty());
    const Other reader(place.file());
    sqlite3_stmt* rows = nullptr;
    REQUIRE(sqlite3_prepare_v2(reader.handle, "SELECT count(*) FROM history", -1, &rows, nullptr) ==
            SQLITE_OK);
    REQUIRE(sqlite3_step(rows) == SQLITE_ROW);
    CHECK(sqlite3_column_int(rows, 0) == 2);
    sqlite3_finalize(rows);
}

TEST_CASE("two kernels share a file, each with a session of its own") {
    const Place place;
    SqliteHistory one(place.file());
    SqliteHistory two(place.file());
    one.add(1, "one");
    one.flush();
    two.add(1, "two");
    CHECK(found(two, tail(5)) == Json{{1, 1, "one"}, {2, 1, "two"}});
    CHECK(one.session() == 1);
    CHECK(two.session() == 2);
}

TEST_CASE("a count that was set back keeps the later input") {
    const Place place;
    SqliteHistory history(place.file());
    history.add(1, "old");
    history.add(1, "new");
    CHECK(found(history, tail(5)) == Json{{1, 1, "new"}});
}

TEST_CASE("text that is no UTF-8, or has a NUL, is kept") {
    const Place place;
    SqliteHistory history(place.file());
    history.add(1, std::string("a\0b", 3));
    history.add(2, "\xff");
    CHECK(found(history, tail(5)) == Json{{1, 1, std::string("a\0b", 3)}, {1, 2, "\xef\xbf\xbd"}});
}

TEST_CASE("a pattern of many stars takes no time") {
    const Place place;
    SqliteHistory history(place.file());
    history.add(1, std::string(2000, 'a'));
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "*a";
    CHECK(found(history, search(pattern + "b")).empty());
}

TEST_CASE("threads that add and ask get along") {
    const Place place;
    SqliteHistory history(place.file(), quickly());
    std::thread asker([&] {
        for (int i = 0; i < 50; ++i) (void)history.reply(tail(10));
    });
    for (int line = 1; line <= 200; ++line) history.add(line, "x");
    asker.join();
    CHECK(found(history, tail(1000)).size() == 200);
}
