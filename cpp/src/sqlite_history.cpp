#include <kernelwire/sqlite_history.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <sqlite3.h>

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

#include "glob.hpp"
#include "signals_blocked.hpp"

namespace kernelwire {
namespace {

constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS sessions (session integer primary key autoincrement,
    start timestamp, end timestamp, num_cmds integer, remark text);
CREATE TABLE IF NOT EXISTS history (session integer, line integer, source text,
    source_raw text, PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (session integer, line integer, output text,
    PRIMARY KEY (session, line));)";

constexpr const char* entries = R"(
SELECT session, line, source_raw, output FROM history LEFT JOIN output_history
    USING (session, line) )";

// What SQLite says, with its code.
class Failure : public std::runtime_error {
public:
    Failure(int code, const char* text) : std::runtime_error(text), code_(code) {}

    // Another process has the file at the moment.
    [[nodiscard]] bool is_busy() const noexcept {
        return code_ == SQLITE_BUSY || code_ == SQLITE_LOCKED;
    }

private:
    int code_;
};

// One file. Confined to whoever has the lock.
class Database {
public:
    Database(const std::string& path, std::chrono::milliseconds patience) {
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
        const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
        if (code != SQLITE_OK) {
            const Failure failure(code, sqlite3_errmsg(handle_));
            (void)sqlite3_close(handle_);
            throw failure;
        }
        (void)sqlite3_busy_timeout(handle_, static_cast<int>(patience.count()));
    }
    ~Database() { (void)sqlite3_close(handle_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void check(int code) const {
        if (code != SQLITE_OK) throw Failure(code, sqlite3_errmsg(handle_));
    }

    void run(const char* statements) const {
        check(sqlite3_exec(handle_, statements, nullptr, nullptr, nullptr));
    }

    [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

private:
    sqlite3* handle_ = nullptr;
};

class Statement {
public:
    Statement(const Database& database, const std::string& text) : database_(database) {
        database.check(sqlite3_prepare_v2(database.handle(), text.c_str(), -1, &handle_, nullptr));
    }
    ~Statement() { (void)sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(std::int64_t value) {
        database_.check(sqlite3_bind_int64(handle_, ++bound_, value));
        return *this;
    }
    // Lent until the statement has been run.
    Statement& bind(const std::string& text) {
        database_.check(sqlite3_bind_text64(handle_, ++bound_, text.data(), text.size(),
                                            SQLITE_STATIC, SQLITE_UTF8));
        return *this;
    }

    // Whether there is a row.
    bool step() {
        const int code = sqlite3_step(handle_);
        if (code == SQLITE_ROW) return true;
        if (code != SQLITE_DONE) database_.check(code);
        return false;
    }

    [[nodiscard]] std::int64_t number(int column) const {
        return sqlite3_column_int64(handle_, column);
    }
    [[nodiscard]] Bytes text(int column) const {
        const auto* const begin =
            reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
        if (begin == nullptr) return {};
        return {begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
    }
    [[nodiscard]] bool is_null(int column) const {
        return sqlite3_column_type(handle_, column) == SQLITE_NULL;
    }

private:
    const Database& database_;
    sqlite3_stmt* handle_ = nullptr;
    int bound_ = 0;
};

// All or nothing.
class Transaction {
public:
    explicit Transaction(const Database& database) : database_(database) {
        database.run("BEGIN IMMEDIATE");
    }
    ~Transaction() {
        if (!committed_)
            (void)sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit() {
        database_.run("COMMIT");
        committed_ = true;
    }

private:
    const Database& database_;
    bool committed_ = false;
};

// Code may hold what nobody else should read.
void make_private(const std::string& path) {
    std::error_code ignored;
    const std::filesystem::path directory = std::filesystem::path(path).parent_path();
    if (!directory.empty()) std::filesystem::create_directories(directory, ignored);
#ifndef _WIN32
    const int made = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made >= 0) (void)close(made);
#endif
}

Json entry_of(const Statement& row, bool with_output) {
    Json text = std::string(row.text(2));
    if (with_output) {
        const Json output = row.is_null(3) ? Json(nullptr) : Json(std::string(row.text(3)));
        text = Json::array({std::move(text), output});
    }
    return Json::array({row.number(0), row.number(1), std::move(text)});
}

}  // namespace

struct SqliteHistory::State {
    struct Entry {
        int line;
        std::string input;
        std::optional<std::string> output;
    };

    State(std::string to, SqliteHistoryOptions with)
        : path(std::move(to)), options(std::move(with)) {}

    // Does something with the database, if it can be had. Needs the lock of `using_database`.
    // Whether it was done; where not, it may be tried again, unless the file is given up.
    bool use(const std::function<void(Database&)>& work) {
        if (given_up) return false;
        try {
            if (!database) open_database();
            work(*database);
            return true;
        } catch (const Failure& failure) {
            if (failure.is_busy()) return false;
            give_up(failure.what());
        } catch (const std::exception& error) {
            give_up(error.what());
        }
        return false;
    }

    void open_database() {
        make_private(path);
        auto opened = std::make_unique<Database>(path, options.patience);
        Transaction transaction(*opened);
        opened->run(tables);
        Statement(*opened, "INSERT INTO sessions (start) VALUES (datetime('now', 'localtime'))")
            .step();
        session = sqlite3_last_insert_rowid(opened->handle());
        transaction.commit();
        database = std::move(opened);
    }

    void give_up(const std::string& reason) {
        given_up = true;
        database.reset();
        session = 0;
        options.log.write(Level::warning, "the history " + path + " cannot be used: " + reason +
                                              "; inputs are kept in memory");
    }

    // Writes what waits. Where the file is not to be had just now, it waits on.
    void write() {
        std::vector<Entry> taken;
        {
            const std::lock_guard lock(mutex);
            std::swap(taken, waiting);
        }
        if (taken.empty()) return;
        const bool done = use([&](Database& to) { insert(to, taken); });
        if (done || given_up) return;
        const std::lock_guard lock(mutex);
        waiting.insert(waiting.begin(), std::make_move_iterator(taken.begin()),
                       std::make_move_iterator(taken.end()));
    }

    void insert(Database& to, const std::vector<Entry>& taken) const {
        Transaction transaction(to);
        for (const Entry& entry : taken) {
            // A count that was set back has one line twice: the later one counts.
            Statement(to, "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)")
                .bind(session)
                .bind(entry.line)
                .bind(entry.input)
                .bind(entry.input)
                .step();
            if (!entry.output) continue;
            Statement(to, "INSERT OR REPLACE INTO output_history VALUES (?, ?, ?)")
                .bind(session)
                .bind(entry.line)
                .bind(*entry.output)
                .step();
        }
        transaction.commit();
    }

    void end_session(Database& at) const {
        Statement(at,
                  "UPDATE sessions SET end = datetime('now', 'localtime'), num_cmds = "
                  "(SELECT count(*) FROM history WHERE session = ?) WHERE session = ?")
            .bind(session)
            .bind(session)
            .step();
    }

    // The thread that writes.
    void serve() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return stopping || !waiting.empty(); });
            changed.wait_for(lock, options.delay, [this] { return stopping; });
            const bool last = stopping;
            lock.unlock();
            {
                const std::lock_guard in_use(using_database);
                write();
                if (last) (void)(database && use([this](Database& at) { end_session(at); }));
            }
            if (last) return;
            lock.lock();
        }
    }

    [[nodiscard]] Json find(Database& in, const HistoryRequest& request) const {
        if (request.access == "range") return range(in, request);
        const bool searches = request.access == "search";
        const bool all = searches && request.n <= 0;
        Json found = Json::array();
        if (!all && request.n <= 0) return found;
        std::unordered_set<std::string> seen;
        Statement rows(in, std::string(entries) + "ORDER BY session DESC, line DESC");
        while ((all || found.size() < static_cast<std::size_t>(request.n)) && rows.step()) {
            const Bytes input = rows.text(2);
            if (searches && !matches_glob(request.pattern, input)) continue;
            if (searches && request.unique && !seen.emplace(input).second) continue;
            found.push_back(entry_of(rows, request.output));
        }
        std::reverse(found.begin(), found.end());
        return found;
    }

    // A session below 1 counts back from this one, and lines below 0 from the next one.
    [[nodiscard]] Json range(Database& in, const HistoryRequest& request) const {
        const std::int64_t wanted =
            request.session > 0 ? request.session : session + request.session;
        Statement last(in, "SELECT coalesce(max(line) + 1, 0) FROM history WHERE session = ?");
        last.bind(wanted).step();
        const std::int64_t end = last.number(0);
        const auto counted = [end](std::int64_t line) { return line < 0 ? line + end : line; };
        Statement rows(in, std::string(entries) +
                               "WHERE session = ? AND line >= ? AND line < ? ORDER BY line");
        rows.bind(wanted).bind(counted(request.start));
        rows.bind(request.stop ? counted(*request.stop) : end);
        Json found = Json::array();
        while (rows.step()) found.push_back(entry_of(rows, request.output));
        return found;
    }

    const std::string path;
    const SqliteHistoryOptions options;

    std::mutex using_database;  // of the next four; taken before `mutex`
    std::unique_ptr<Database> database;
    std::int64_t session = 0;
    bool given_up = false;

    std::mutex mutex;  // of all below
    std::condition_variable changed;
    std::vector<Entry> waiting;
    History remembered;
    bool stopping = false;
    std::thread writer;
};

SqliteHistory::SqliteHistory(std::string path, SqliteHistoryOptions options)
    : state_(std::make_unique<State>(std::move(path), std::move(options))) {
    const SignalsBlocked for_the_new_thread;
    state_->writer = std::thread([state = state_.get()] { state->serve(); });
}

SqliteHistory::~SqliteHistory() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_all();
    state_->writer.join();
}

void SqliteHistory::add(int line, std::string input, std::optional<std::string> output) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->remembered.add(line, input, output);
        state_->waiting.push_back({line, std::move(input), std::move(output)});
    }
    state_->changed.notify_all();
}

Reply SqliteHistory::reply(const HistoryRequest& request) {
    Json found;
    bool done = false;
    {
        const std::lock_guard lock(state_->using_database);
        state_->write();
        done = state_->use([&](Database& in) { found = state_->find(in, request); });
    }
    if (done) return ok({{"history", std::move(found)}});
    const std::lock_guard lock(state_->mutex);
    return state_->remembered.reply(request);
}

void SqliteHistory::flush() {
    const std::lock_guard lock(state_->using_database);
    state_->write();
}

int SqliteHistory::session() {
    const std::lock_guard lock(state_->using_database);
    (void)state_->use([](Database&) {});
    return static_cast<int>(state_->session);
}

bool SqliteHistory::stored() {
    return session() != 0;
}

}  // namespace kernelwire
