#include <kernelwire/connection.hpp>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <system_error>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <kernelwire/error.hpp>
#include <kernelwire/json.hpp>

namespace kernelwire {
namespace {

constexpr std::array<const char*, 5> port_fields{"shell_port", "iopub_port", "stdin_port",
                                                 "control_port", "hb_port"};

std::string text_field(const Json& file, const char* name, const std::string& otherwise,
                       const std::string& origin) {
    const auto field = file.find(name);
    if (field == file.end() || field->is_null()) return otherwise;
    if (field->is_string()) return field->get<std::string>();
    throw ConnectionFileError(origin + ": " + name + " is " + field->type_name() +
                              ", want a string");
}

// A key that is there but cannot be one is an error, and never taken for none: a kernel that was to
// be encrypted must not serve in the clear. Errors tell a key's size and not the key.
std::string curve_field(const Json& file, const char* name, const std::string& origin) {
    const auto field = file.find(name);
    if (field == file.end() || field->is_null()) return "";
    std::string key = text_field(file, name, "", origin);
    if (is_curve_key(key)) return key;
    throw ConnectionFileError(origin + ": " + name + " has " + std::to_string(key.size()) +
                              " characters, want 40 of Z85's");
}

CurveKeys curve_fields(const Json& file, const std::string& origin) {
    CurveKeys out{curve_field(file, "curve_publickey", origin),
                  curve_field(file, "curve_secretkey", origin)};
    if (out.public_key.empty() == out.secret_key.empty()) return out;
    const bool lacks_public = out.public_key.empty();
    throw ConnectionFileError(origin + ": curve_" + (lacks_public ? "public" : "secret") +
                              "key is missing, and curve_" + (lacks_public ? "secret" : "public") +
                              "key is not; want both or neither");
}

int port_field(const Json& file, const char* name, const std::string& origin) {
    const auto field = file.find(name);
    if (field == file.end()) {
        if (file.contains("registration_port")) return 0;  // the kernel chooses, and tells it there
        throw ConnectionFileError(origin + ": " + name + " is missing");
    }
    if (!field->is_number_integer() || *field < 0 || *field > 65535) {
        throw ConnectionFileError(origin + ": " + name + " is " + write_json(*field) +
                                  ", want a number from 0 to 65535");
    }
    return field->get<int>();
}

// A number, as specified, or its digits, as xeus (6) writes and reads them.
int registration_port(const Json& field, const std::string& origin) {
    int number = 0;
    if (field.is_number_integer() && field >= 1 && field <= 65535) number = field.get<int>();
    if (field.is_string()) {
        const auto& digits = field.get_ref<const std::string&>();
        const char* const end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, number);
        if (error != std::errc() || stop != end) number = 0;
    }
    if (number >= 1 && number <= 65535) return number;
    throw ConnectionFileError(origin + ": registration_port is " + write_json(field) +
                              ", want a number from 1 to 65535, or its digits");
}

std::optional<Registration> registration_fields(const Json& file, const Connection& connection,
                                                const std::string& origin) {
    const auto field = file.find("registration_port");
    if (field == file.end()) return std::nullopt;
    Registration out;
    out.port = registration_port(*field, origin);
    out.ip = text_field(file, "registration_ip", "", origin);
    out.kernel_id = text_field(file, "kernel_id", "", origin);
    out.whole_message = out.ip.empty();
    if (out.whole_message) out.ip = connection.ip;
    return out;
}

std::string endpoint_of(const std::string& transport, const std::string& ip,
                        const std::string& port) {
    return transport + "://" + ip + (transport == "ipc" ? "-" : ":") + port;
}

[[noreturn]] void fail(const std::string& path, const char* what) {
    throw ConnectionFileError(path + ": " + what + ": " + std::strerror(errno));
}

// Creates a file that only its owner may read, before a byte of the key is in it.
void write_private(const std::string& path, const std::string& text) {
#ifdef _WIN32
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!(file << text) || !file.flush()) fail(path, "cannot write");
#else
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) fail(path, "cannot create");
    const ssize_t written = write(fd, text.data(), text.size());
    const bool closed = close(fd) == 0;
    if (written != static_cast<ssize_t>(text.size()) || !closed) fail(path, "cannot write");
#endif
}

std::string exposure(const std::string& path) {
#ifdef _WIN32
    (void)path;  // access is a matter of lists there, which the mode does not show
    return "";
#else
    struct stat status{};
    if (stat(path.c_str(), &status) != 0 || (status.st_mode & 077U) == 0) return "";
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 0777U);
    return path + " is open to others than its owner (mode " + mode +
           "), and whoever reads it can run code in this kernel; try: chmod 600 " + path;
#endif
}

}  // namespace

std::string Connection::endpoint(Channel channel) const {
    const int number = port(channel);
    const bool any = number == 0 && transport != "ipc";
    return endpoint_of(transport, ip, any ? "*" : std::to_string(number));
}

std::string Connection::registration_endpoint() const {
    const Registration at = registration.value_or(Registration{});
    return endpoint_of(transport, at.ip, std::to_string(at.port));
}

Connection parse_connection(const std::string& text, const std::string& origin) {
    const std::optional<Json> file = read_json(text);
    if (!file || !file->is_object()) throw ConnectionFileError(origin + ": is not a JSON object");
    Connection out;
    out.transport = text_field(*file, "transport", "tcp", origin);
    // A registration file as specified has no ip: the kernel is where its launcher is.
    out.ip = text_field(*file, "ip", text_field(*file, "registration_ip", out.ip, origin), origin);
    out.signature_scheme = text_field(*file, "signature_scheme", out.signature_scheme, origin);
    out.key = text_field(*file, "key", "", origin);
    out.kernel_name = text_field(*file, "kernel_name", "", origin);
    out.curve = curve_fields(*file, origin);
    out.registration = registration_fields(*file, out, origin);
    for (const Channel channel : channels) {
        const auto index = static_cast<std::size_t>(channel);
        out.ports[index] = port_field(*file, port_fields[index], origin);
    }
    if (out.transport != "tcp" && out.transport != "ipc") {
        throw ConnectionFileError(origin + ": transport is \"" + out.transport +
                                  "\", want \"tcp\" or \"ipc\"");
    }
    if (!out.key.empty() && out.signature_scheme != "hmac-sha256") {
        throw ConnectionFileError(origin + ": signature_scheme is \"" + out.signature_scheme +
                                  "\", want \"hmac-sha256\"");
    }
    return out;
}

Connection read_connection(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(path, "cannot read the connection file");
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad()) fail(path, "cannot read the connection file");
    Connection connection = parse_connection(text.str(), path);
    connection.exposure = exposure(path);
    return connection;
}

void write_connection(const Connection& connection, const std::string& path) {
    Json file{{"transport", connection.transport},
              {"ip", connection.ip},
              {"signature_scheme", connection.signature_scheme},
              {"key", connection.key},
              {"kernel_name", connection.kernel_name}};
    for (const Channel channel : channels) {
        file[port_fields[static_cast<std::size_t>(channel)]] = connection.port(channel);
    }
    if (connection.curve.present()) {
        file["curve_publickey"] = connection.curve.public_key;
        file["curve_secretkey"] = connection.curve.secret_key;
    }
    const std::string draft = path + "." + new_key() + ".tmp";
    write_private(draft, file.dump(2) + "\n");
    if (std::rename(draft.c_str(), path.c_str()) != 0) {
        const int code = errno;
        std::remove(draft.c_str());
        errno = code;
        fail(path, "cannot write");
    }
}

int unused_ipc_port(const std::string& ip) {
    int number = 1;
    const auto taken = [&ip, &number] {
        std::error_code unknown;
        return std::filesystem::exists(ip + "-" + std::to_string(number), unknown);
    };
    while (taken()) ++number;
    return number;
}

std::string write_ports(const Connection& connection) {
    Json ports;
    for (const Channel channel : channels) {
        ports[port_fields[static_cast<std::size_t>(channel)]] = connection.port(channel);
    }
    return write_json(ports);
}

std::string new_key() {
    constexpr char digits[] = "0123456789abcdef";
    std::random_device entropy;
    std::string out;
    for (int group = 0; group < 8; ++group) {
        if (group >= 2 && group <= 5) out += '-';
        unsigned int bits = entropy();
        for (int i = 0; i < 4; ++i, bits >>= 4) out += digits[bits & 15];
    }
    return out;
}

}  // namespace kernelwire
