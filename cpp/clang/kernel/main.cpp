// kernelwire-cpp: the C++ kernel as a program, with no Python in its process.
//
// Layer 8. Depends on: arguments.hpp, cpp_kernel.hpp, kernelspecs.hpp, kernelspec.hpp, server.hpp.
#include <cstdio>
#include <exception>
#include <stdexcept>

#include <kernelwire/kernelspec.hpp>
#include <kernelwire/server.hpp>

#include "arguments.hpp"
#include "cpp_kernel.hpp"
#include "kernelspecs.hpp"

namespace {

using kernelwire::cpp::Arguments;

void install(const Arguments& arguments) {
    const std::string kernels = arguments.prefix.empty()
                                    ? kernelwire::user_data_directory() + "/kernels"
                                    : arguments.prefix + "/share/jupyter/kernels";
    for (const std::string& directory :
         kernelwire::cpp::install_kernelspecs(kernelwire::cpp::own_path(), kernels)) {
        std::printf("installed %s\n", directory.c_str());
    }
}

int serve(int argc, char** argv, const Arguments& arguments) {
    kernelwire::cpp::CppKernel kernel(arguments.options, arguments.history);
    return kernelwire::run(argc, argv, kernel);
}

int do_as_told(int argc, char** argv) {
    const Arguments arguments = kernelwire::cpp::read_arguments(argc, argv);
    switch (arguments.verb) {
        case Arguments::Verb::serve: return serve(argc, argv, arguments);
        case Arguments::Verb::install: install(arguments); return 0;
        case Arguments::Verb::kernelspecs:
            std::puts(kernelwire::cpp::kernelspecs(kernelwire::cpp::own_path()).dump(1).c_str());
            return 0;
        case Arguments::Verb::help: std::fputs(kernelwire::cpp::usage, stdout); return 0;
        case Arguments::Verb::version: std::puts("kernelwire-cpp " KERNELWIRE_VERSION); return 0;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return do_as_told(argc, argv);
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "kernelwire-cpp: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "kernelwire-cpp: %s\n", error.what());
        return 1;
    }
}
