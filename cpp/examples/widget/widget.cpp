// A slider of ipywidgets' in a kernel of C++, without Python: `show` it, move it, and ask for its
// `value`; or `set 40`.
//
// Source: https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md
#include <cstdlib>
#include <map>
#include <string>

#include <kernelwire/comms.hpp>
#include <kernelwire/server.hpp>

using namespace kernelwire;

namespace {

const std::string base = "@jupyter-widgets/base";
const std::string controls = "@jupyter-widgets/controls";

Json model(const std::string& module, const std::string& name, const std::string& view_module,
           const std::string& view) {
    return {
        {"_model_module", module},     {"_model_module_version", "2.0.0"}, {"_model_name", name},
        {"_view_module", view_module}, {"_view_module_version", "2.0.0"},  {"_view_name", view}};
}

class Slider : public InterpreterWithComms {
public:
    Slider() {
        // A page that is loaded again asks for all widgets that there are.
        comms().on_open("jupyter.widget.control", [this](Comm& control, const CommMessage&) {
            control.on_message([this](Comm& comm, const CommMessage& message) {
                if (message.data().value("method", "") == "request_states") tell_all(comm);
            });
        });
    }

    KernelInfo info() const override { return {{"slider", "1.0"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "show") {
            show(output);
        } else if (request.code == "value") {
            output.execute_result({{"text/plain", std::to_string(value_)}});
        } else if (request.code.rfind("set ", 0) == 0) {
            value_ = std::atoi(request.code.c_str() + 4);
            for (auto& [id, widget] : widgets_) widget.comm.send(output, update(widget));
        } else {
            return error("UnknownCommand", "want show, value or set NUMBER");
        }
        return ok();
    }

private:
    struct Widget {
        Comm comm;
        Json state;
    };

    void show(Output& output) {
        const std::string layout = open(output, model(base, "LayoutModel", base, "LayoutView"));
        const std::string style =
            open(output, model(controls, "SliderStyleModel", base, "StyleView"));
        Json state = model(controls, "IntSliderModel", controls, "IntSliderView");
        state.update({{"value", value_}, {"min", 0}, {"max", 100}, {"description", "gain"}});
        state.update({{"layout", "IPY_MODEL_" + layout}, {"style", "IPY_MODEL_" + style}});
        const std::string slider = open(output, state);
        output.display_data({{"application/vnd.jupyter.widget-view+json",
                              {{"version_major", 2}, {"version_minor", 0}, {"model_id", slider}}},
                             {"text/plain", "a slider"}});
    }

    std::string open(Output& output, const Json& state) {
        const Json data = {{"state", state}, {"buffer_paths", Json::array()}};
        const Comm comm = comms().open(output, "jupyter.widget", data, {}, {{"version", "2.1.0"}});
        comm.on_message([this](Comm& from, const CommMessage& message) { take(from, message); });
        comm.on_close([this](Comm& closed, const CommMessage&) { widgets_.erase(closed.id()); });
        widgets_.insert({comm.id(), {comm, state}});
        return comm.id();
    }

    void take(Comm& from, const CommMessage& message) {
        const Json data = message.data();
        Widget& widget = widgets_.at(from.id());
        if (data.value("method", "") == "request_state") return void(from.send(update(widget)));
        if (data.value("method", "") != "update") return;
        widget.state.update(data.at("state"));
        value_ = widget.state.value("value", value_);
        for (auto& [id, other] : widgets_) {
            if (id != from.id()) other.comm.send(update(other));
        }
    }

    Json update(Widget& widget) const {
        if (widget.state.contains("value")) widget.state["value"] = value_;
        return {{"method", "update"}, {"state", widget.state}, {"buffer_paths", Json::array()}};
    }

    void tell_all(Comm& control) {
        Json states = Json::object();
        for (const auto& [id, widget] : widgets_) {
            states[id] = {{"model_name", widget.state.at("_model_name")},
                          {"model_module", widget.state.at("_model_module")},
                          {"model_module_version", widget.state.at("_model_module_version")},
                          {"state", widget.state}};
        }
        control.send(
            {{"method", "update_states"}, {"states", states}, {"buffer_paths", Json::array()}});
    }

    int value_ = 20;
    std::map<std::string, Widget> widgets_;
};

}  // namespace

int main(int argc, char** argv) {
    Slider slider;
    return run(argc, argv, slider);
}
