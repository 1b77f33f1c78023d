// Kernelspecs: which kernels this machine has, and how each is started; and Jupyter's directories.
//
// Layer 3. Depends on: error.hpp, json.hpp. Used by: embedded_kernel.hpp,
// kernel_process.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
#pragma once

#include <map>
#include <string>
#include <vector>

#include <kernelwire/error.hpp>
#include <kernelwire/json.hpp>

namespace kernelwire {

/// No such kernel is known, or its kernel.json says nothing that could be started.
class KernelSpecError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One kernel as Jupyter knows it. A value type.
struct KernelSpec {
    std::string name;       ///< of its directory, in lower case
    std::string directory;  ///< where kernel.json and the logos are
    /// The program and its arguments, with {connection_file} in them.
    std::vector<std::string> argv;
    std::string display_name;                ///< what users read
    std::string language;                    ///< that it executes
    std::string interrupt_mode = "signal";   ///< or "message"
    std::map<std::string, std::string> env;  ///< variables of its process
    Json metadata = Json::object();          ///< whatever else its author says of it

    /// Whether an interrupt is a message, and no signal.
    [[nodiscard]] bool interrupted_by_message() const { return interrupt_mode == "message"; }
};

/// Where Jupyter keeps what belongs to the user: JUPYTER_DATA_DIR, or the system's place for such.
[[nodiscard]] std::string user_data_directory();

/// Where Jupyter has connection files: JUPYTER_RUNTIME_DIR, or a place in the user's. Made, for the
/// user alone, where it is not there.
[[nodiscard]] std::string runtime_directory();

/// The directories in which Jupyter looks for kernels, those that count first at the front:
/// JUPYTER_PATH, the user's, those of an active virtual or conda environment, the system's.
[[nodiscard]] std::vector<std::string> kernel_directories();

/// Reads the kernel.json of a directory.
/// @throws KernelSpecError  naming the file, and what is missing or wrong.
[[nodiscard]] KernelSpec read_kernelspec(const std::string& directory);

/// @param name  of a kernel, in any case; or a path of a directory that has a kernel.json.
/// @throws KernelSpecError  naming the kernels that there are.
[[nodiscard]] KernelSpec find_kernelspec(const std::string& name);

/// All kernels that can be found and read, by name.
[[nodiscard]] std::map<std::string, KernelSpec> list_kernelspecs();

}  // namespace kernelwire
