// Language, Reply and its makers, and the requests that an interpreter is handed.
#include <kernelwire/interpreter.hpp>

#include <pybind11/stl.h>

#include "buffers.hpp"
#include "content.hpp"
#include "module.hpp"

using namespace kernelwire;

namespace {

void register_language(py::module_& m) {
    py::class_<Language>(m, "Language", R"(How frontends highlight, name and export a language.

Args:
    name: as in "python".
    version: the language's, or its interpreter's.
    mimetype: of a script in this language.
    file_extension: of a script, with the dot.
    pygments_lexer: Pygments' name, where it is not `name`.
    codemirror_mode: CodeMirror's name or configuration, where it is not `name`.
    nbconvert_exporter: nbconvert's name of the exporter to scripts.

Source: Messaging in Jupyter, "Kernel info", language_info.)")
        .def(py::init([](std::string name, std::string version, std::string mimetype,
                         std::string file_extension, std::string pygments_lexer,
                         const py::object& codemirror_mode, std::string nbconvert_exporter) {
                 Language language;
                 language.name = std::move(name);
                 language.version = std::move(version);
                 language.mimetype = std::move(mimetype);
                 language.file_extension = std::move(file_extension);
                 language.pygments_lexer = std::move(pygments_lexer);
                 if (!codemirror_mode.is_none()) {
                     language.codemirror_mode = to_json_value(codemirror_mode);
                 }
                 language.nbconvert_exporter = std::move(nbconvert_exporter);
                 return language;
             }),
             py::arg("name"), py::kw_only(), py::arg("version") = "",
             py::arg("mimetype") = "text/plain", py::arg("file_extension") = ".txt",
             py::arg("pygments_lexer") = "", py::arg("codemirror_mode") = py::none(),
             py::arg("nbconvert_exporter") = "")
        .def_readonly("name", &Language::name)
        .def_readonly("version", &Language::version)
        .def_readonly("mimetype", &Language::mimetype)
        .def_readonly("file_extension", &Language::file_extension);
}

Reply with_fields(Reply reply, const py::kwargs& fields) {
    for (const auto& [name, value] : fields) {
        reply.set_text(to_text(name), value.is_none() ? "null" : to_json(value));
    }
    return reply;
}

void register_reply(py::module_& m) {
    py::class_<Reply>(
        m, "Reply",
        "The content of a reply: a status and fields; made by ok(), error() and the like.")
        .def_property_readonly("status", &Reply::status)
        .def_property_readonly("content",
                               [](const Reply& self) { return from_json(self.content()); })
        .def("__repr__", [](const Reply& self) { return "Reply(" + self.content() + ")"; });

    m.def(
        "ok", [](const py::kwargs& fields) { return with_fields(Reply(), fields); },
        "Makes a successful reply with these fields, such as `payload` or `user_expressions`.");
    m.def(
        "error",
        [](const py::str& ename, const py::str& evalue, const py::iterable& traceback,
           const py::kwargs& fields) {
            std::vector<std::string> lines;
            for (const py::handle line : traceback) lines.push_back(to_text(line));
            return with_fields(error(to_text(ename), to_text(evalue), lines), fields);
        },
        py::arg("ename"), py::arg("evalue"), py::arg("traceback") = py::tuple(),
        "Makes a failed reply. What execute() returns is also shown to the user, once.");
    m.def(
        "matches",
        [](const py::object& texts, std::size_t start, std::size_t end,
           const py::object& metadata) {
            return Reply()
                .set_text("matches", to_json(texts))
                .set("cursor_start", start)
                .set("cursor_end", end)
                .set_text("metadata", to_json(metadata));
        },
        py::arg("texts"), py::arg("cursor_start"), py::arg("cursor_end"),
        py::arg("metadata") = py::none(),
        "Answers complete(): what may stand in place of these code points of the code.");
    m.def(
        "documentation",
        [](const py::object& data, const py::object& metadata) {
            return Reply()
                .set("found", !data.is_none() && py::len(data) > 0)
                .set_text("data", to_json(data))
                .set_text("metadata", to_json(metadata));
        },
        py::arg("data") = py::none(), py::arg("metadata") = py::none(),
        "Answers inspect() with a MIME bundle, or says that nothing was found.");
    m.def("complete", &complete, "Answers is_complete(): the code can be run as it is.");
    m.def("incomplete", &incomplete, py::arg("indent") = "",
          "Answers is_complete(): more is to come, on a line that begins with `indent`.");
    m.def("invalid", &invalid, "Answers is_complete(): no continuation can make this right.");
    m.def("unknown", &unknown, "Answers is_complete(): there is no telling.");
}

template <class Request>
void add_message_properties(py::class_<Request>& type) {
    type.def_property_readonly(
            "header", [](const Request& self) { return from_json(self.message.header_json()); })
        .def_property_readonly(
            "metadata", [](const Request& self) { return from_json(self.message.metadata()); })
        .def_property_readonly(
            "subshell_id", [](const Request& self) { return self.message.header.subshell_id; },
            "The subshell that answers; \"\": the main shell.");
}

}  // namespace

void register_requests(py::module_& m) {
    register_language(m);
    register_reply(m);
    register_buffers(m);

    py::class_<ExecuteRequest> execute(m, "ExecuteRequest", "The fields of an execute_request.");
    execute.def_readonly("code", &ExecuteRequest::code)
        .def_readonly("silent", &ExecuteRequest::silent, "No count, no history, no result.")
        .def_readonly("store_history", &ExecuteRequest::store_history)
        .def_readonly("allow_stdin", &ExecuteRequest::allow_stdin,
                      "The frontend answers Output.input().")
        .def_readonly("stop_on_error", &ExecuteRequest::stop_on_error)
        .def_readonly("execution_count", &ExecuteRequest::execution_count,
                      "The number of this execution.")
        .def_property_readonly(
            "user_expressions",
            [](const ExecuteRequest& self) { return from_json(self.user_expressions); })
        .def_readonly("cell_id", &ExecuteRequest::cell_id,
                      "JupyterLab's metadata.cellId, or \"\".");
    add_message_properties(execute);

    py::class_<HistoryRequest>(m, "HistoryRequest", "The fields of a history_request.")
        .def_readonly("subshell_id", &HistoryRequest::subshell_id, "Whose; \"\": the main shell's.")
        .def_readonly("output", &HistoryRequest::output)
        .def_readonly("raw", &HistoryRequest::raw)
        .def_readonly("access", &HistoryRequest::access, "\"range\", \"tail\" or \"search\".")
        .def_readonly("session", &HistoryRequest::session)
        .def_readonly("start", &HistoryRequest::start)
        .def_readonly("stop", &HistoryRequest::stop)
        .def_readonly("n", &HistoryRequest::n)
        .def_readonly("pattern", &HistoryRequest::pattern)
        .def_readonly("unique", &HistoryRequest::unique);

    py::class_<CommMessage> comm(m, "CommMessage", "A comm_open, comm_msg or comm_close.");
    comm.def_readonly("comm_id", &CommMessage::comm_id)
        .def_readonly("target_name", &CommMessage::target_name, "In comm_open; else \"\".")
        .def_property_readonly("data",
                               [](const CommMessage& self) {
                                   const py::dict content = from_json(self.message.content());
                                   return content.attr("get")("data", py::dict());
                               })
        .def_property_readonly(
            "buffers", [](const CommMessage& self) { return views_of(self.message.buffers()); },
            "Read-only memoryviews of the received message, which they keep alive; not copied.");
    add_message_properties(comm);
}
