#include <kernelwire/kernelspec.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace kernelwire {
namespace {

namespace fs = std::filesystem;

#ifdef _WIN32
constexpr char path_separator = ';';
#else
constexpr char path_separator = ':';
#endif

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw KernelSpecError(file + ": " + what);
}

std::string text_of(const Json& spec, const char* name, const std::string& otherwise,
                    const std::string& file) {
    const auto field = spec.find(name);
    if (field == spec.end() || field->is_null()) return otherwise;
    if (!field->is_string()) refuse(file, std::string(name) + " is no string");
    return field->get<std::string>();
}

}  // namespace

std::string user_data_directory() {
    if (const std::string chosen = variable("JUPYTER_DATA_DIR"); !chosen.empty()) return chosen;
#if defined(_WIN32)
    return variable("APPDATA") + "\\jupyter";
#elif defined(__APPLE__)
    return variable("HOME") + "/Library/Jupyter";
#else
    const std::string data = variable("XDG_DATA_HOME");
    return (data.empty() ? variable("HOME") + "/.local/share" : data) + "/jupyter";
#endif
}

std::string runtime_directory() {
    const std::string chosen = variable("JUPYTER_RUNTIME_DIR");
    const fs::path path =
        chosen.empty() ? fs::path(user_data_directory()) / "runtime" : fs::path(chosen);
    std::error_code error;
    if (fs::create_directories(path, error)) {
        fs::permissions(path, fs::perms::owner_all, error);
    }
    return path.string();
}

std::vector<std::string> kernel_directories() {
    std::vector<std::string> roots;
    std::istringstream chosen(variable("JUPYTER_PATH"));
    for (std::string each; std::getline(chosen, each, path_separator);) {
        if (!each.empty()) roots.push_back(each);
    }
    roots.push_back(user_data_directory());
    for (const char* environment : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
        const std::string prefix = variable(environment);
        if (!prefix.empty()) roots.push_back(prefix + "/share/jupyter");
    }
#ifdef _WIN32
    roots.push_back(variable("PROGRAMDATA") + "\\jupyter");
#else
    roots.emplace_back("/usr/local/share/jupyter");
    roots.emplace_back("/usr/share/jupyter");
#endif
    for (std::string& root : roots) root += "/kernels";
    return roots;
}

KernelSpec read_kernelspec(const std::string& directory) {
    const std::string file = directory + "/kernel.json";
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) refuse(file, "cannot be read");
    const std::optional<Json> spec = read_json(text.str());
    if (!spec || !spec->is_object()) refuse(file, "is not a JSON object");

    KernelSpec out;
    out.name = lower(fs::path(directory).filename().string());
    out.directory = directory;
    const auto argv = spec->find("argv");
    if (argv == spec->end() || !argv->is_array() || argv->empty()) {
        refuse(file, "argv is missing, want a list of strings");
    }
    for (const Json& argument : *argv) {
        if (!argument.is_string()) refuse(file, "argv holds what is no string");
        out.argv.push_back(argument.get<std::string>());
    }
    out.display_name = text_of(*spec, "display_name", out.name, file);
    out.language = text_of(*spec, "language", "", file);
    out.interrupt_mode = text_of(*spec, "interrupt_mode", out.interrupt_mode, file);
    if (const auto env = spec->find("env"); env != spec->end() && env->is_object()) {
        for (const auto& [name, value] : env->items()) {
            if (value.is_string()) out.env[name] = value.get<std::string>();
        }
    }
    if (const auto found = spec->find("metadata"); found != spec->end() && found->is_object()) {
        out.metadata = *found;
    }
    return out;
}

KernelSpec find_kernelspec(const std::string& name) {
    std::error_code unknown;
    const bool is_path = name.find('/') != std::string::npos;
    if (is_path || fs::exists(name + "/kernel.json", unknown)) {
        return read_kernelspec(fs::path(name).lexically_normal().string());
    }
    for (const std::string& directory : kernel_directories()) {
        for (const auto& entry : fs::directory_iterator(directory, unknown)) {
            if (lower(entry.path().filename().string()) != lower(name)) continue;
            if (fs::exists(entry.path() / "kernel.json", unknown)) {
                return read_kernelspec(entry.path().string());
            }
        }
    }
    std::string known;
    for (const auto& [other, spec] : list_kernelspecs()) {
        known += (known.empty() ? "" : ", ") + other;
    }
    throw KernelSpecError("no kernel is called \"" + name + "\"; there is: " +
                          (known.empty() ? "none, see `jupyter kernelspec list`" : known));
}

std::map<std::string, KernelSpec> list_kernelspecs() {
    std::map<std::string, KernelSpec> out;
    std::error_code unknown;
    for (const std::string& directory : kernel_directories()) {
        for (const auto& entry : fs::directory_iterator(directory, unknown)) {
            try {
                KernelSpec spec = read_kernelspec(entry.path().string());
                std::string name = spec.name;
                out.try_emplace(std::move(name), std::move(spec));
            } catch (const KernelSpecError&) {
                continue;  // another one's mistake must not hide the rest
            }
        }
    }
    return out;
}

}  // namespace kernelwire
