// Connection files: what is read, what is refused, and what is written.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <kernelwire/connection.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/json.hpp>

using namespace kernelwire;

namespace {

Json file() {
    return {{"transport", "tcp"}, {"ip", "127.0.0.1"},
            {"key", "secret"},    {"shell_port", 1},
            {"iopub_port", 2},    {"stdin_port", 3},
            {"control_port", 4},  {"hb_port", 5},
            {"kernel_name", "k"}, {"signature_scheme", "hmac-sha256"}};
}

Connection parse(const Json& json) {
    return parse_connection(json.dump(), "FILE");
}

}  // namespace

TEST_CASE("a connection file is read") {
    const Connection connection = parse(file());
    CHECK(connection.key == "secret");
    CHECK(connection.port(Channel::iopub) == 2);
    CHECK(connection.endpoint(Channel::heartbeat) == "tcp://127.0.0.1:5");
}

TEST_CASE("ipc endpoints are paths, and a free tcp port is a star") {
    Connection connection;
    CHECK(connection.endpoint(Channel::shell) == "tcp://127.0.0.1:*");
    connection.transport = "ipc";
    connection.ip = "/run/kernel";
    connection.ports[0] = 7;
    CHECK(connection.endpoint(Channel::shell) == "ipc:///run/kernel-7");
}

TEST_CASE("an error names the file and the field") {
    Json json = file();
    json.erase("stdin_port");
    CHECK_THROWS_WITH_AS(parse(json), "FILE: stdin_port is missing", ConnectionFileError);
    json["stdin_port"] = 65536;
    CHECK_THROWS_WITH_AS(parse(json), "FILE: stdin_port is 65536, want a number from 0 to 65535",
                         ConnectionFileError);
    json["stdin_port"] = "3";
    CHECK_THROWS_AS(parse(json), ConnectionFileError);
}

TEST_CASE("an error about the key does not show it") {
    Json json = file();
    json["signature_scheme"] = "hmac-md5";
    try {
        (void)parse(json);
        FAIL("must throw");
    } catch (const ConnectionFileError& error) {
        CHECK(std::string(error.what()).find("hmac-md5") != std::string::npos);
        CHECK(std::string(error.what()).find("secret") == std::string::npos);
    }
}

TEST_CASE("keys of CURVE come in pairs, have 40 characters of Z85, and are not shown") {
    const std::string key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";  // of RFC 32
    Json json = file();
    CHECK_FALSE(parse(json).curve.present());
    json["curve_publickey"] = json["curve_secretkey"] = key;
    CHECK(parse(json).curve.secret_key == key);
    json["curve_publickey"] = nullptr;
    CHECK_THROWS_WITH_AS(parse(json),
                         "FILE: curve_publickey is missing, and curve_secretkey is not; want both "
                         "or neither",
                         ConnectionFileError);
    for (const std::string& wrong : {std::string(), key + "a", key.substr(1) + "~"}) {
        json["curve_publickey"] = key;
        json["curve_secretkey"] = wrong;
        CHECK_THROWS_WITH_AS(parse(json),
                             ("FILE: curve_secretkey has " + std::to_string(wrong.size()) +
                              " characters, want 40 of Z85's")
                                 .c_str(),
                             ConnectionFileError);
    }
    json["curve_secretkey"] = 40;
    CHECK_THROWS_AS((void)parse(json), ConnectionFileError);
}

TEST_CASE("a registration file has no ports, and says where to register") {
    const Connection connection = parse({{"transport", "tcp"},
                                         {"registration_ip", "127.0.0.1"},
                                         {"registration_port", 6},
                                         {"kernel_id", "id"},
                                         {"signature_scheme", "hmac-sha256"},
                                         {"key", "secret"}});
    REQUIRE(connection.registration);
    CHECK(connection.registration_endpoint() == "tcp://127.0.0.1:6");
    CHECK(connection.registration->kernel_id == "id");
    CHECK_FALSE(connection.registration->whole_message);
    CHECK(connection.ports == std::array<int, 5>{});
    CHECK_FALSE(parse(file()).registration);
}

TEST_CASE("a registration port is a number or its digits") {
    Json json{{"ip", "/run/k"}, {"transport", "ipc"}, {"registration_port", "51587"}};
    const Connection connection = parse(json);
    CHECK(connection.registration_endpoint() == "ipc:///run/k-51587");
    CHECK(connection.registration->whole_message);
    for (const Json& wrong : {Json(0), Json(65536), Json("0"), Json("1x"), Json(""), Json("-1"),
                              Json(1.5), Json(nullptr), Json("99999999999999999999")}) {
        json["registration_port"] = wrong;
        CHECK_THROWS_AS((void)parse(json), ConnectionFileError);
    }
}

TEST_CASE("what is not a connection file is refused") {
    CHECK_THROWS_AS((void)parse_connection("", "FILE"), ConnectionFileError);
    CHECK_THROWS_AS((void)parse_connection("[]", "FILE"), ConnectionFileError);
    CHECK_THROWS_AS((void)read_connection("/nonexistent/kernel.json"), ConnectionFileError);
}

TEST_CASE("a written file reads back, and only its owner may read it") {
    char folder[] = "/tmp/kernelwire-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    const std::string path = std::string(folder) + "/kernel.json";
    Json json = file();
    json["curve_publickey"] = json["curve_secretkey"] = std::string(40, 'k');
    const Connection written = parse(json);
    write_connection(written, path);
    const Connection read = read_connection(path);
    CHECK(read.key == written.key);
    CHECK(read.ports == written.ports);
    CHECK(read.curve.public_key == written.curve.public_key);
    CHECK(read.curve.secret_key == written.curve.secret_key);
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(read.exposure.empty());
    REQUIRE(chmod(path.c_str(), 0640) == 0);
    CHECK(read_connection(path).exposure.find("chmod 600 " + path) != std::string::npos);
    write_connection(written, path);  // again, over the first
    std::remove(path.c_str());
    CHECK(rmdir(folder) == 0);  // and no draft is left behind
}

TEST_CASE("new keys differ, and look like a UUID") {
    const std::string key = new_key();
    CHECK(key.size() == 36);
    CHECK(key[8] == '-');
    CHECK(key != new_key());
}
