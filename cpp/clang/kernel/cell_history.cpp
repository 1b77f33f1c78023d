#include "cell_history.hpp"

#include <utility>

#include <kernelwire/kernelspec.hpp>

#ifdef KERNELWIRE_CPP_SQLITE
#include <kernelwire/sqlite_history.hpp>
#else
// Never made, so that the rest of this file reads the same.
namespace kernelwire {
class SqliteHistory final : public History {};
}  // namespace kernelwire
#endif

namespace kernelwire::cpp {
namespace {

std::unique_ptr<SqliteHistory> stored_in([[maybe_unused]] const std::string& file) {
#ifdef KERNELWIRE_CPP_SQLITE
    if (file.empty()) return nullptr;
    SqliteHistoryOptions options;
    options.log = stderr_log();
    return std::make_unique<SqliteHistory>(file, options);
#else
    return nullptr;
#endif
}

}  // namespace

std::string history_file() {
    return user_data_directory() + "/kernelwire/cpp-history.sqlite";
}

CellHistory::CellHistory(const std::string& file) : stored_(stored_in(file)) {}

CellHistory::~CellHistory() = default;

void CellHistory::add(int line, std::string input, std::optional<std::string> output) {
    if (stored_) return stored_->add(line, std::move(input), std::move(output));
    remembered_.add(line, std::move(input), std::move(output));
}

Reply CellHistory::reply(const HistoryRequest& request) {
    return stored_ ? stored_->reply(request) : remembered_.reply(request);
}

}  // namespace kernelwire::cpp
