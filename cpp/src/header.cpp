#include <kernelwire/header.hpp>

#include <array>

#include <kernelwire/json.hpp>

namespace kernelwire {
Errc read_header(Bytes json, Header& out) {
    if (json.size() > header_limit) return Errc::bad_header;
    out.msg_id.clear();
    out.msg_type.clear();
    out.subshell_id.clear();
    const bool object = read_json_strings(
        json,
        {{"msg_id", &out.msg_id}, {"msg_type", &out.msg_type}, {"subshell_id", &out.subshell_id}},
        json_depth_limit);
    return object && !out.msg_id.empty() && !out.msg_type.empty() ? Errc::ok : Errc::bad_header;
}

bool is_comm(Bytes msg_type) noexcept {
    return msg_type == "comm_msg" || msg_type == "comm_open" || msg_type == "comm_close";
}

void append_timestamp(std::string& out, Timestamp when) {
    std::array<char, date_size> text;
    out.append(text.data(), write_date(calendar_time(when), Fraction::always, text.data()));
}

}  // namespace kernelwire
