#include "kernelspecs.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "logo.hpp"

namespace kernelwire::cpp {
namespace {

// A frontend that lists kernels meanwhile sees the old file or the new one.
void write_whole(const std::filesystem::path& path, const std::string& text) {
    const std::filesystem::path unfinished = path.string() + ".new";
    std::ofstream file(unfinished);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + unfinished.string());
    std::filesystem::rename(unfinished, path);
}

}  // namespace

Json kernelspecs(const std::string& program) {
    Json specs = Json::object();
    for (const std::string& standard : standards) {
        const std::string year = standard.substr(3);
        const Json described = {{"argv", {program, "-f", "{connection_file}", "--std", standard}},
                                {"display_name", "C++" + year + " (kernelwire)"},
                                {"language", "c++"},
                                {"interrupt_mode", "message"},
                                {"kernel_protocol_version", "5.6"},
                                {"metadata",
                                 {{"debugger", false},
                                  {"supported_encryption", {"curve"}},
                                  {"kernelwire", {{"kernel", "cpp"}}}}}};
        specs["kernelwire-cpp" + year] = {{"kernel.json", described}, {"logo-svg.svg", logo}};
    }
    return specs;
}

std::vector<std::string> install_kernelspecs(const std::string& program,
                                             const std::string& kernels) {
    std::vector<std::string> written;
    const Json specs = kernelspecs(program);
    for (const auto& [name, files] : specs.items()) {
        const std::filesystem::path directory = std::filesystem::path(kernels) / name;
        std::filesystem::create_directories(directory);
        for (const auto& [file, content] : files.items()) {
            write_whole(directory / file,
                        content.is_string() ? content.get<std::string>() : content.dump(1) + "\n");
        }
        written.push_back(directory.string());
    }
    return written;
}

}  // namespace kernelwire::cpp
