// Strings, views, conversions, streams and regular expressions.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// --- string is changed in place
// main
std::string greeting = "Hello";
greeting += ", world";
greeting.insert(5, " there");
greeting.replace(greeting.find("world"), 5, "moon");
greeting.append(3, '!');
greeting.erase(0, 1);
std::cout << greeting << ' ' << greeting.size() << '\n';

// --- string is searched
// main
const std::string sentence = "This is a string";
std::cout << sentence.find("is") << sentence.find("is", 5) << sentence.rfind("is")
          << sentence.find_first_of("aeiou") << sentence.find_last_not_of("gnirts")
          << (sentence.find('z') == std::string::npos) << sentence.starts_with("This")
          << sentence.ends_with('G') << '\n';

// --- substrings and comparison
// main
std::string digits = "0123456789abcdefghij";
std::cout << digits.substr(10) << ' ' << digits.substr(5, 3) << ' ' << digits.compare(0, 3, "012")
          << ("abc" < digits) << ' ' << (std::string("a") <=> std::string("b") < 0) << '\n';
try {
    digits.substr(99);
} catch (const std::out_of_range& e) {
    std::cout << "beyond the end\n";
}

// --- numbers to strings and back
// main
std::cout << std::to_string(42) << std::to_string(2.5) << std::stoi("2147483647")
          << std::stod("1e3") << std::stoul("ff", nullptr, 16) << '\n';
std::size_t used = 0;
std::cout << std::stoi("31337 with words", &used) << used << '\n';
try {
    std::stoi("words");
} catch (const std::invalid_argument& e) {
    std::cout << e.what() << '\n';
}

// --- string_view borrows
constexpr std::string_view trim(std::string_view s) {
    s.remove_prefix(std::min(s.find_first_not_of(' '), s.size()));
    return s.substr(0, s.find_last_not_of(' ') + 1);
}
static_assert(trim("  x ") == "x");
// main
std::cout << '[' << trim("   trim me ") << "][" << trim("    ") << "]\n";
using namespace std::literals;
std::cout << "with\0zero"sv.size() << "with\0zero"s.size() << '\n';

// --- splitting at commas
std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
    return parts;
}
// main
for (const auto& part : split("one,two,,three", ',')) std::cout << '<' << part << '>';
std::cout << '\n';

// --- to_chars and from_chars
// main
std::array<char, 20> buffer{};
if (auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), 3.14159);
    error == std::errc())
    std::cout << std::string_view(buffer.data(), end - buffer.data()) << '\n';
for (std::string_view text : {"1234", "15 foo", "bar", " 42", "5000000000"}) {
    int number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc())
        std::cout << number << " then '" << std::string_view(end) << "'\n";
    else
        std::cout << (error == std::errc::result_out_of_range ? "too large\n" : "no number\n");
}

// --- characters are classified
// main
for (unsigned char c : std::string("a9 Z!"))
    std::cout << bool(std::isalpha(c)) << bool(std::isdigit(c)) << bool(std::isspace(c))
              << char(std::toupper(c)) << ' ';
std::cout << '\n';

// --- strings of C
// main
char line[40] = "a,b;c";
for (char* token = std::strtok(line, ",;"); token; token = std::strtok(nullptr, ",;"))
    std::cout << token << '|';
std::strcpy(line, "copied");
std::cout << std::strlen(line) << std::strcmp(line, "copied") << std::strchr(line, 'p') << '\n';

// --- printf and cout keep their order
// main
std::cout << "first " << std::flush;
std::printf("%5.2f|%-6s|%04d|%x ", 3.14159, "left", 42, 255u);
std::fflush(stdout);
std::cout << "last\n" << std::flush;
char text[32];
int length = std::snprintf(text, sizeof text, "%+d %e", 7, 12345.678);
std::cout << length << text << '\n';

// --- manipulators of numbers
// main
std::cout << std::hex << std::showbase << 255 << ' ' << std::oct << 8 << std::dec << ' '
          << std::noshowbase << std::setw(6) << std::setfill('*') << 42 << ' ' << std::left
          << std::setw(6) << -42 << std::right << std::setfill(' ') << '\n';
std::cout << std::fixed << std::setprecision(2) << 3.14159 << ' ' << std::scientific << 31415.9
          << ' ' << std::defaultfloat << std::setprecision(6) << 0.1 << ' ' << std::showpos << 1
          << std::noshowpos << ' ' << std::boolalpha << true << std::noboolalpha << true << '\n';

// --- quoted
// main
std::stringstream both;
both << std::quoted("he said \"no\"");
std::string back;
std::cout << both.str() << ' ';
both >> std::quoted(back);
std::cout << back << '\n';

// --- reading words and numbers
// main
std::istringstream input("apple 3 pear x 7");
std::string fruit;
int amount = 0;
while (input >> fruit) {
    if (input >> amount)
        std::cout << fruit << '=' << amount << '\n';
    else {
        input.clear();
        std::cout << fruit << " has no number\n";
    }
}
std::cout << input.eof() << input.fail() << '\n';

// --- a type that is read and written
struct Fraction {
    int over = 0, under = 1;
};
std::ostream& operator<<(std::ostream& out, const Fraction& f) {
    return out << f.over << '/' << f.under;
}
std::istream& operator>>(std::istream& in, Fraction& f) {
    char slash = 0;
    if (in >> f.over >> slash >> f.under && slash != '/') in.setstate(std::ios::failbit);
    return in;
}
// main
std::istringstream fractions("1/2 3/4 5;6");
Fraction fraction;
while (fractions >> fraction) std::cout << fraction << ' ';
std::cout << fractions.fail() << '\n';

// --- a stream buffer of one's own
class Shout : public std::streambuf {
public:
    explicit Shout(std::streambuf* to) : to_(to) {}

protected:
    int_type overflow(int_type c) override {
        return to_->sputc(static_cast<char>(std::toupper(static_cast<char>(c))));
    }

private:
    std::streambuf* to_;
};
// main
Shout shout(std::cout.rdbuf());
std::ostream loud(&shout);
loud << "quiet words " << 12 << '\n' << std::flush;

// --- seeking in a stringstream
// main
std::stringstream tape("hello world");
tape.seekg(6);
std::string from_there;
tape >> from_there;
tape.clear();
tape.seekp(0);
tape << 'J';
std::cout << from_there << tape.str() << tape.tellp() << '\n';

// --- a table in columns
struct Row {
    const char* name;
    double price;
};
// main
for (const Row& row : {Row{"bread", 2.5}, Row{"butter", 12.25}, Row{"salt", 0.333}})
    std::cout << std::left << std::setw(10) << row.name << std::right << std::setw(8) << std::fixed
              << std::setprecision(2) << row.price << '\n';
std::cout << std::defaultfloat << std::setprecision(6);

// --- regex_match and regex_search
// main
const std::regex file(R"(([a-z]+)\.([a-z]+))");
for (const std::string name : {"foo.txt", "bar.dat", "zoidberg"}) {
    std::smatch match;
    if (std::regex_match(name, match, file))
        std::cout << match[0] << ':' << match[1] << ',' << match[2] << '\n';
    else
        std::cout << name << " does not\n";
}
std::cout << std::regex_search("Roses are #ff0000", std::regex("#[0-9a-f]{6}")) << '\n';

// --- regex_replace
// main
std::cout << std::regex_replace("Quick brown fox", std::regex("a|e|i|o|u"), "[$&]") << '\n'
          << std::regex_replace("2024-05-06", std::regex(R"((\d+)-(\d+)-(\d+))"), "$3.$2.$1")
          << '\n';

// --- all matches of a regex
// main
const std::string journal = "error 12, warning 7, error 404";
const std::regex entry(R"((\w+) (\d+))");
for (std::sregex_iterator it(journal.begin(), journal.end(), entry), end; it != end; ++it)
    std::cout << (*it)[2] << ' ' << (*it)[1] << " at " << it->position() << '\n';
const std::regex comma(", ");
std::copy(std::sregex_token_iterator(journal.begin(), journal.end(), comma, -1),
          std::sregex_token_iterator(), std::ostream_iterator<std::string>(std::cout, "|"));
std::cout << '\n';

// --- a regex that is wrong
// main
try {
    std::regex broken("[a-");
} catch (const std::regex_error& e) {
    std::cout << (e.code() == std::regex_constants::error_brack ||
                  e.code() == std::regex_constants::error_range)
              << '\n';
}

// --- raw strings and escapes
// main
std::cout << R"(a\b "c")" << ' ' << R"x(with )" in it)x" << " \x41\101\u00e9 "
          << "joined "
             "literals"
          << '\n';

// --- unicode literals
// main
std::u16string utf16 = u"caf\u00e9 \U0001F600";
std::u32string utf32 = U"caf\u00e9 \U0001F600";
std::u8string utf8 = u8"caf\u00e9";
std::cout << utf16.size() << utf32.size() << utf8.size() << ' ' << std::hex << int(utf16[6])
          << std::dec << '\n';

// --- caesar and palindromes
std::string caesar(std::string text, int by) {
    for (char& c : text)
        if (std::isalpha(static_cast<unsigned char>(c))) {
            const char base = std::isupper(static_cast<unsigned char>(c)) ? 'A' : 'a';
            c = static_cast<char>(base + (c - base + by + 26) % 26);
        }
    return text;
}
bool palindrome(std::string_view s) {
    return std::equal(s.begin(), s.end(), s.rbegin());
}
// main
std::cout << caesar("Hello, World", 3) << ' ' << caesar(caesar("Zebra", 5), -5) << ' '
          << palindrome("racecar") << palindrome("racecars") << '\n';

// --- a name of the C library
// main
const std::string log = "a variable";
std::cout << log << '\n';
