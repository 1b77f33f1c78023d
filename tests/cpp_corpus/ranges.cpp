// Ranges, views, and algorithms over them.
#include <algorithm>
#include <array>
#include <functional>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <ranges>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// --- filter and transform
// main
const auto even = [](int i) { return i % 2 == 0; };
const auto square = [](int i) { return i * i; };
for (int i : std::views::iota(0, 6) | std::views::filter(even) | std::views::transform(square))
    std::cout << i << ' ';
std::cout << '\n';

// --- take, drop and reverse
// main
std::vector<int> seven{1, 2, 3, 4, 5, 6, 7};
for (int i : seven | std::views::drop(2) | std::views::take(3) | std::views::reverse)
    std::cout << i;
for (int i : seven | std::views::take_while([](int n) { return n < 4; })) std::cout << i;
for (int i : seven | std::views::drop_while([](int n) { return n < 6; })) std::cout << i;
std::cout << '\n';

// --- an endless range
bool prime(int n) {
    return n > 1 && std::ranges::none_of(std::views::iota(2, n), [n](int d) { return n % d == 0; });
}
// main
for (int n : std::views::iota(1) | std::views::filter(prime) | std::views::take(10))
    std::cout << n << ' ';
std::cout << '\n';

// --- keys and values
// main
std::map<std::string, int> ages{{"Ann", 31}, {"Bob", 25}, {"Cyd", 47}};
for (const auto& name : ages | std::views::keys) std::cout << name << ' ';
for (int& age : ages | std::views::values) ++age;
std::cout << ages["Bob"] << *std::ranges::max_element(ages | std::views::values) << '\n';

// --- elements of tuples
// main
std::vector<std::tuple<int, char, std::string>> rows{{1, 'A', "one"}, {2, 'B', "two"}};
for (const auto& s : rows | std::views::elements<2>) std::cout << s << ' ';
std::cout << '\n';

// --- split and join
// main
constexpr std::string_view words{"Hello^_^C++^_^20^_^!"};
for (const auto word : std::views::split(words, std::string_view{"^_^"}))
    std::cout << std::quoted(std::string_view(word.begin(), word.end())) << ' ';
std::vector<std::string> pieces{"Splitting", " ", "and", " ", "joining"};
for (char c : pieces | std::views::join) std::cout << c;
std::cout << '\n';

// --- sorting by a projection
struct Particle {
    std::string name;
    double mass;
};
// main
std::vector<Particle> particles{{"muon", 105.66}, {"electron", 0.511}, {"tau", 1776.86}};
std::ranges::sort(particles, {}, &Particle::name);
for (const auto& p : particles) std::cout << p.name << ' ';
std::ranges::sort(particles, std::ranges::greater(), &Particle::mass);
for (const auto& p : particles) std::cout << p.name << ' ';
std::cout << std::ranges::find(particles, "muon", &Particle::name)->mass << '\n';

// --- results of algorithms
// main
std::vector<int> from{1, 2, 3, 4}, to;
auto copied = std::ranges::copy_if(from, std::back_inserter(to), [](int n) { return n > 2; });
std::cout << to.size() << (copied.in == from.end());
auto [low, high] = std::ranges::minmax(from);
std::cout << low << high << std::ranges::count(from, 3) << std::ranges::equal(from, to) << '\n';

// --- unique and remove give what is left over
// main
std::vector<int> twins{1, 1, 2, 3, 3, 3};
auto rest = std::ranges::unique(twins);
twins.erase(rest.begin(), rest.end());
auto gone = std::ranges::remove(twins, 2);
std::cout << twins.size() << gone.size() << twins[1] << '\n';

// --- a view of one's own
class Countdown : public std::ranges::view_interface<Countdown> {
public:
    struct Iterator {
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        int n = 0;
        int operator*() const { return n; }
        Iterator& operator++() {
            --n;
            return *this;
        }
        Iterator operator++(int) {
            auto old = *this;
            --n;
            return old;
        }
        bool operator==(const Iterator&) const = default;
    };
    explicit Countdown(int from = 0) : from_(from) {}
    Iterator begin() const { return {from_}; }
    Iterator end() const { return {0}; }

private:
    int from_;
};
static_assert(std::ranges::forward_range<Countdown>);
// main
for (int n : Countdown(5) | std::views::filter([](int n) { return n != 3; })) std::cout << n;
std::cout << Countdown(3).empty() << Countdown(3).front() << '\n';

// --- views are lazy
// main
auto traced = std::views::iota(1, 4) | std::views::transform([](int n) {
                  std::cout << '<' << n << '>';
                  return n * 10;
              });
std::cout << "none yet ";
for (int n : traced) std::cout << n << ' ';
std::cout << '\n';

// --- istream_view
// main
std::istringstream numbers("1 2 3 4 five 6");
int sum = 0;
for (int n : std::views::istream<int>(numbers)) sum += n;
std::cout << sum << numbers.fail() << '\n';

// --- lazy_split, common and single
// main
auto common = std::views::iota(1) | std::views::take(4) | std::views::common;
std::cout << std::vector<int>(common.begin(), common.end()).size() << std::views::single(7).front()
          << std::views::empty<int>.size() << '\n';
for (auto part : std::string_view("a b") | std::views::lazy_split(' ')) {
    for (char c : part) std::cout << c;
    std::cout << ';';
}
std::cout << '\n';

// --- subrange and counted
// main
std::list<int> chain{1, 2, 3, 4, 5};
std::ranges::subrange inner(std::next(chain.begin()), std::prev(chain.end()));
for (int n : inner) std::cout << n;
int plain[]{7, 8, 9};
for (int n : std::views::counted(plain, 2)) std::cout << n;
std::cout << inner.empty() << std::ranges::distance(inner) << '\n';

// --- categories of ranges
// main
std::cout
    << std::ranges::random_access_range<std::vector<
           int>> << std::ranges::random_access_range<std::list<int>> << std::ranges::sized_range<int[3]> << std::ranges::borrowed_range<std::string_view> << std::ranges::contiguous_range<std::array<int, 2>> << '\n';

// --- dangling is refused
// main
auto answer = std::ranges::find(std::vector{1, 2, 3}, 2);
std::cout << std::is_same_v<decltype(answer), std::ranges::dangling> << '\n';

// --- binary search and merge
// main
std::vector<int> left{1, 4, 9}, right{2, 4, 8}, merged;
std::ranges::merge(left, right, std::back_inserter(merged));
for (int n : merged) std::cout << n;
std::cout << std::ranges::binary_search(merged, 8) << std::ranges::is_sorted(merged)
          << *std::ranges::lower_bound(merged, 5) << std::ranges::includes(merged, right) << '\n';

// --- iterators that adapt
// main
std::vector<int> base{1, 2, 3};
std::list<int> reversed;
std::copy(base.rbegin(), base.rend(), std::front_inserter(reversed));
std::cout << reversed.front() << *std::make_reverse_iterator(base.end()) << '\n';
std::vector<std::string> owned{"move", "me"};
std::vector<std::string> taken(std::make_move_iterator(owned.begin()),
                               std::make_move_iterator(owned.end()));
std::cout << taken[0] << owned[0].empty() << '\n';

// --- counted_iterator and unreachable_sentinel
// main
std::vector<int> counted{1, 2, 3, 4};
for (std::counted_iterator it(counted.begin(), 3); it != std::default_sentinel; ++it)
    std::cout << *it;
std::cout << *std::ranges::find(counted.begin(), std::unreachable_sentinel, 4) << '\n';
