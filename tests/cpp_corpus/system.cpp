// Time, random numbers, files and paths, the environment.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <ratio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// --- durations
// main
{
    using namespace std::chrono_literals;
    auto span = 1h + 30min + 15s;
    std::cout << std::chrono::duration_cast<std::chrono::minutes>(span).count() << ' '
              << span.count() << ' ' << (1500ms > 1s) << (span % 1min).count() << ' '
              << std::chrono::duration<double>(250ms).count() << ' '
              << std::chrono::round<std::chrono::seconds>(1600ms).count() << '\n';
}

// --- a clock face
// main
std::chrono::hh_mm_ss face(std::chrono::milliseconds(45'296'789));
std::cout << face.hours().count() << ':' << face.minutes().count() << ':' << face.seconds().count()
          << '.' << face.subseconds().count() << face.is_negative() << '\n';

// --- dates
// main
{
    using namespace std::chrono;
    constexpr year_month_day date{2024y / February / 29d};
    static_assert(date.ok());
    const auto next_year = date + years(1);
    std::cout << int(date.year()) << unsigned(date.month()) << unsigned(date.day())
              << next_year.ok() << year(1900).is_leap() << weekday(sys_days(date)).iso_encoding()
              << ' ' << (sys_days(2025y / January / 1) - sys_days(date)).count() << ' '
              << unsigned(year_month_day(sys_days(date) + days(1)).month()) << '\n';
}

// --- the last Friday
// main
{
    using namespace std::chrono;
    const year_month_day friday(sys_days(2023y / November / Friday[last]));
    std::cout << unsigned(friday.day()) << '\n';
}

// --- a duration of one's own
using Fortnights = std::chrono::duration<int, std::ratio<14 * 24 * 3600>>;
// main
std::cout << std::chrono::duration_cast<std::chrono::hours>(Fortnights(2)).count() << ' '
          << std::ratio_add<std::ratio<1, 4>, std::ratio<1, 6>>::num
          << std::ratio_add<std::ratio<1, 4>, std::ratio<1, 6>>::den << '\n';

// --- calendar time of C
// main
std::time_t moment = 1'700'000'000;
std::cout << std::put_time(std::gmtime(&moment), "%Y-%m-%d %H:%M:%S") << '\n';
std::tm parts{};
std::istringstream("2011-02-18 23:12:34") >> std::get_time(&parts, "%Y-%m-%d %H:%M:%S");
std::cout << parts.tm_mon << parts.tm_mday << parts.tm_hour << '\n';

// --- steady clocks go on
// main
auto before = std::chrono::steady_clock::now();
auto after = std::chrono::steady_clock::now();
std::cout << (after >= before) << std::chrono::steady_clock::is_steady << '\n';

// --- engines with a seed
// main
std::mt19937 twister(42);
std::mt19937_64 wide;
wide.discard(9999);
std::minstd_rand minimal(1);
std::cout << twister() << ' ' << wide() << ' ' << minimal() << '\n';

// --- distributions
// main
std::mt19937 source(7);
std::uniform_int_distribution<int> dice(1, 6);
std::normal_distribution<double> bell(5, 2);
std::bernoulli_distribution coin(0.25);
int rolls = 0, heads = 0;
double sum = 0;
for (int i = 0; i < 1000; ++i) {
    rolls += dice(source);
    sum += bell(source);
    heads += coin(source);
}
std::cout << rolls << ' ' << std::fixed << std::setprecision(3) << sum / 1000 << std::defaultfloat
          << std::setprecision(6) << ' ' << heads << '\n';

// --- a weighted choice
// main
std::mt19937 weighted(3);
std::discrete_distribution<> choose({40, 10, 10, 40});
std::map<int, int> histogram;
for (int i = 0; i < 1000; ++i) ++histogram[choose(weighted)];
for (auto [n, times] : histogram) std::cout << n << ':' << times << ' ';
std::cout << '\n';

// --- shuffle and sample
// main
std::vector<int> deck{1, 2, 3, 4, 5, 6, 7, 8};
std::shuffle(deck.begin(), deck.end(), std::mt19937(11));
for (int n : deck) std::cout << n;
std::string chosen;
std::string letters = "abcdefgh";
std::sample(letters.begin(), letters.end(), std::back_inserter(chosen), 4, std::mt19937(5));
std::cout << ' ' << chosen << '\n';

// --- pi by chance
double estimate(int throws, unsigned seed) {
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> side(0, 1);
    int inside = 0;
    for (int i = 0; i < throws; ++i) {
        const double x = side(engine), y = side(engine);
        inside += x * x + y * y <= 1;
    }
    return 4.0 * inside / throws;
}
// main
std::cout << estimate(20'000, 1) << '\n';

// --- paths are taken apart
// main
{
    namespace fs = std::filesystem;
    const fs::path path = "/usr/local/lib/archive.tar.gz";
    std::cout << path.filename() << path.stem() << path.extension() << path.parent_path()
              << path.root_path() << path.is_absolute() << '\n';
    std::cout << (fs::path("a") / "b" / "../c").lexically_normal()
              << fs::path("x.txt").replace_extension(".md")
              << fs::path("/a/d").lexically_relative("/a/b/c") << '\n';
    for (const auto& part : fs::path("one/two/three")) std::cout << part.string() << '|';
    std::cout << '\n';
}

// --- directories are made and listed
// main
{
    namespace fs = std::filesystem;
    const fs::path place = "corpus-tree";
    fs::create_directories(place / "a" / "b");
    std::ofstream(place / "a" / "file.txt") << "12345";
    fs::copy_file(place / "a" / "file.txt", place / "copy.txt");
    fs::rename(place / "copy.txt", place / "moved.txt");
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(place))
        found.insert(fs::relative(entry.path(), place).string() +
                     (entry.is_directory() ? "/" : ""));
    for (const auto& name : found) std::cout << name << ' ';
    std::cout << fs::file_size(place / "moved.txt") << fs::exists(place / "none")
              << fs::remove_all(place) << '\n';
}

// --- errors of the file system
// main
try {
    std::filesystem::file_size("/no/such/file");
} catch (const std::filesystem::filesystem_error& e) {
    std::cout << e.code().message() << ' ' << e.path1() << '\n';
}
std::error_code code;
std::filesystem::file_size("/no/such/file", code);
std::cout << (code == std::errc::no_such_file_or_directory) << '\n';

// --- files are written and read
// main
{
    const auto file = std::filesystem::path("corpus-lines.txt");
    {
        std::ofstream out(file);
        out << "first line\n" << 42 << '\n';
    }
    std::ofstream(file, std::ios::app) << "appended\n";
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) std::cout << '[' << line << ']';
    std::cout << in.eof() << std::ifstream("/no/such/file").is_open() << '\n';
    std::filesystem::remove(file);
}

// --- binary files
struct Record {
    int id;
    double value;
};
// main
{
    const auto file = std::filesystem::path("corpus-records.bin");
    std::fstream both(file, std::ios::in | std::ios::out | std::ios::binary | std::ios::trunc);
    for (Record r : {Record{1, 1.5}, Record{2, 2.5}, Record{3, 3.5}})
        both.write(reinterpret_cast<const char*>(&r), sizeof r);
    both.seekg(sizeof(Record));
    Record second{};
    both.read(reinterpret_cast<char*>(&second), sizeof second);
    std::cout << second.id << ' ' << second.value << ' ' << std::filesystem::file_size(file)
              << '\n';
    both.close();
    std::filesystem::remove(file);
}

// --- files of C
// main
{
    std::FILE* file = std::tmpfile();
    std::fprintf(file, "%d %s", 12, "words");
    std::rewind(file);
    int number = 0;
    char word[10]{};
    std::cout << std::fscanf(file, "%d %9s", &number, word) << number << word << '\n';
    std::fclose(file);
}

// --- the environment
// main
setenv("KERNELWIRE_CORPUS", "set", 1);
std::cout << std::getenv("KERNELWIRE_CORPUS") << (std::getenv("NO_SUCH_VARIABLE") == nullptr)
          << std::abs(-3) << std::div(17, 5).quot << std::strtol("077", nullptr, 0) << '\n';

// --- qsort and bsearch of C
int compare(const void* a, const void* b) {
    return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}
// main
int unsorted[]{5, 2, 9, 1};
std::qsort(unsorted, 4, sizeof(int), compare);
int wanted = 9;
std::cout << unsorted[0] << unsorted[3]
          << static_cast<int*>(std::bsearch(&wanted, unsorted, 4, sizeof(int), compare)) - unsorted
          << '\n';
