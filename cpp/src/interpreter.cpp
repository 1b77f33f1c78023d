#include <kernelwire/interpreter.hpp>

namespace kernelwire {

Json CommMessage::data() const {
    const std::optional<Json> content = read_json(message.content());
    return content ? content->value("data", Json()) : Json();
}

Reply Interpreter::complete(const std::string& /*code*/, std::size_t cursor_pos) {
    return matches({}, cursor_pos, cursor_pos);
}

Reply Interpreter::inspect(const std::string& /*code*/, std::size_t /*cursor_pos*/,
                           int /*detail_level*/) {
    return documentation();
}

Reply Interpreter::is_complete(const std::string& /*code*/) {
    return unknown();
}

Reply Interpreter::history(const HistoryRequest& /*request*/) {
    return ok({{"history", Json::array()}});
}

void Interpreter::comm_open(const CommMessage& message, Output& output) {
    output.publish("comm_close",
                   R"({"comm_id":)" + json_string(message.comm_id) + R"(,"data":{}})");
}

void Interpreter::comm_msg(const CommMessage& /*message*/, Output& /*output*/) {}

void Interpreter::comm_close(const CommMessage& /*message*/, Output& /*output*/) {}

Json Interpreter::comm_info(const std::string& /*target_name*/) {
    return Json::object();
}

void Interpreter::host_subshell(const std::string& /*subshell_id*/,
                                const std::function<void()>& serve) {
    serve();
}

Reply Interpreter::debug(const Json& /*request*/, Output& /*output*/) {
    throw InterpreterError("NoDebugger", "this kernel has a debugger in name only");
}

}  // namespace kernelwire
