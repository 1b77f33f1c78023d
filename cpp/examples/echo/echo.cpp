// A kernel in a screenful: it says what it is told.
#include <kernelwire/kernelwire.hpp>

class Echo : public kernelwire::Interpreter {
    kernelwire::KernelInfo info() const override { return {{"echo", "1.0"}}; }

    kernelwire::Reply execute(const kernelwire::ExecuteRequest& request,
                              kernelwire::Output& output) override {
        output.out(request.code);
        return kernelwire::ok();
    }
};

int main(int argc, char** argv) {
    Echo echo;
    return kernelwire::run(argc, argv, echo);
}
