// Algorithms over iterators, and what is numeric.
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>
#include <valarray>
#include <vector>

// --- sort in several orders
void print(const std::vector<int>& numbers) {
    for (int n : numbers) std::cout << n << ' ';
    std::cout << '\n';
}
// main
std::vector<int> numbers{5, 7, 4, 2, 8, 6, 1, 9, 0, 3};
std::sort(numbers.begin(), numbers.end());
print(numbers);
std::sort(numbers.begin(), numbers.end(), std::greater<int>());
print(numbers);
struct {
    bool operator()(int a, int b) const { return a % 3 != b % 3 ? a % 3 < b % 3 : a < b; }
} by_remainder;
std::sort(numbers.begin(), numbers.end(), by_remainder);
print(numbers);

// --- stable_sort keeps the order of equals
struct Employee {
    int age;
    std::string name;
};
bool operator<(const Employee& a, const Employee& b) {
    return a.age < b.age;
}
// main
std::vector<Employee> staff{{108, "Zaphod"}, {32, "Arthur"}, {108, "Ford"}, {32, "Tricia"}};
std::stable_sort(staff.begin(), staff.end());
for (const Employee& e : staff) std::cout << e.age << ", " << e.name << '\n';

// --- partial_sort and nth_element
// main
std::array<int, 9> digits{5, 6, 4, 3, 2, 6, 7, 9, 3};
std::nth_element(digits.begin(), digits.begin() + 4, digits.end());
std::cout << "median " << digits[4] << '\n';
std::partial_sort(digits.begin(), digits.begin() + 3, digits.end());
std::cout << digits[0] << digits[1] << digits[2] << '\n';

// --- find and its kin
// main
const std::vector<int> v{1, 2, 3, 4, 4, 5};
std::cout << (std::find(v.begin(), v.end(), 3) - v.begin())
          << (std::find_if(v.begin(), v.end(), [](int i) { return i > 3; }) - v.begin())
          << (std::find_if_not(v.begin(), v.end(), [](int i) { return i < 2; }) - v.begin())
          << (std::adjacent_find(v.begin(), v.end()) - v.begin())
          << (std::find(v.begin(), v.end(), 42) == v.end()) << '\n';

// --- search finds a row within a row
// main
std::string text = "why waste time learning, when ignorance is instantaneous?";
std::string word = "learning";
auto at = std::search(text.begin(), text.end(), word.begin(), word.end());
std::cout << at - text.begin() << '\n';
auto fast =
    std::search(text.begin(), text.end(), std::boyer_moore_searcher(word.begin(), word.end()));
std::cout << (fast == at) << std::string(fast, fast + 5) << '\n';

// --- all, any and none
// main
std::vector<int> even(10, 2);
std::partial_sum(even.cbegin(), even.cend(), even.begin());
std::cout << std::all_of(even.begin(), even.end(), [](int i) { return i % 2 == 0; })
          << std::none_of(even.begin(), even.end(), [](int i) { return i % 2 == 1; })
          << std::any_of(even.begin(), even.end(), [](int i) { return i % 7 == 0; })
          << std::count_if(even.begin(), even.end(), [](int i) { return i > 8; }) << '\n';

// --- transform and back_inserter
// main
std::string hello("hello");
std::transform(hello.cbegin(), hello.cend(), hello.begin(),
               [](unsigned char c) { return std::toupper(c); });
std::vector<std::size_t> ordinals;
std::transform(hello.cbegin(), hello.cend(), std::back_inserter(ordinals),
               [](unsigned char c) { return c; });
std::cout << hello << ':';
for (auto ordinal : ordinals) std::cout << ' ' << ordinal;
std::cout << '\n';

// --- copy to a stream
// main
std::vector<int> source{1, 2, 3, 4, 5, 6};
std::copy(source.begin(), source.end(), std::ostream_iterator<int>(std::cout, ";"));
std::copy_if(source.begin(), source.end(), std::ostream_iterator<int>(std::cout, "."),
             [](int n) { return n % 2; });
std::cout << '\n';

// --- remove, erase and unique
// main
std::string spaced{"wanna go    to      space?"};
spaced.erase(std::unique(spaced.begin(), spaced.end(),
                         [](char l, char r) { return l == r && l == ' '; }),
             spaced.end());
std::cout << spaced << '\n';
std::erase(spaced, ' ');
std::cout << spaced << '\n';

// --- rotate sorts by insertion
// main
std::vector<int> unsorted{2, 4, 2, 0, 5, 10, 7, 3, 7, 1};
for (auto i = unsorted.begin(); i != unsorted.end(); ++i)
    std::rotate(std::upper_bound(unsorted.begin(), i, *i), i, i + 1);
for (int n : unsorted) std::cout << n << ' ';
std::cout << '\n';

// --- partition and quicksort
template <class Iterator>
void quicksort(Iterator first, Iterator last) {
    if (first == last) return;
    auto pivot = *std::next(first, std::distance(first, last) / 2);
    auto middle1 = std::partition(first, last, [&](const auto& e) { return e < pivot; });
    auto middle2 = std::partition(middle1, last, [&](const auto& e) { return !(pivot < e); });
    quicksort(first, middle1);
    quicksort(middle2, last);
}
// main
std::vector<int> jumble{1, 30, -4, 3, 5, -4, 1, 6, -8, 2, -5, 64, 1, 92};
quicksort(jumble.begin(), jumble.end());
for (int n : jumble) std::cout << n << ' ';
std::cout << '\n';

// --- binary search
// main
std::vector<int> haystack{1, 3, 4, 5, 9, 9, 12};
for (int needle : {1, 2, 9}) {
    auto [low, high] = std::equal_range(haystack.begin(), haystack.end(), needle);
    std::cout << needle << std::binary_search(haystack.begin(), haystack.end(), needle)
              << low - haystack.begin() << high - haystack.begin() << ' ';
}
std::cout << '\n';

// --- set algorithms
// main
std::vector<int> a{1, 2, 5, 5, 5, 9}, b{2, 5, 7}, result;
std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
result.push_back(-1);
std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
result.push_back(-1);
std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
result.push_back(-1);
std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
for (int n : result) std::cout << n << ' ';
std::cout << std::includes(a.begin(), a.end(), b.begin(), b.begin() + 2) << '\n';

// --- heaps
// main
std::vector<int> heap{3, 1, 4, 1, 5, 9};
std::make_heap(heap.begin(), heap.end());
heap.push_back(6);
std::push_heap(heap.begin(), heap.end());
std::pop_heap(heap.begin(), heap.end());
std::cout << heap.back() << heap.front() << std::is_heap(heap.begin(), heap.end() - 1) << '\n';

// --- permutations
// main
std::string letters{"aba"};
std::sort(letters.begin(), letters.end());
do std::cout << letters << ' ';
while (std::next_permutation(letters.begin(), letters.end()));
std::cout << std::is_permutation(letters.begin(), letters.end(), "baa") << '\n';

// --- minmax and clamp
// main
const auto minimum_maximum = std::minmax({3, 1, 4, 1, 5, 9, 2, 6});
std::cout << minimum_maximum.first << minimum_maximum.second << std::clamp(17, 0, 9)
          << std::max({"a", "bbb", "cc"},
                      [](std::string_view x, std::string_view y) { return x.size() < y.size(); })
          << '\n';
std::vector<int> peaks{3, 9, 1, 9};
std::cout << std::max_element(peaks.begin(), peaks.end()) - peaks.begin()
          << std::min_element(peaks.begin(), peaks.end()) - peaks.begin() << '\n';

// --- generate and iota
// main
std::vector<int> fibonacci(10);
std::generate(fibonacci.begin(), fibonacci.end(),
              [x = 0, y = 1]() mutable { return x = std::exchange(y, x + y); });
for (int n : fibonacci) std::cout << n << ' ';
std::iota(fibonacci.begin(), fibonacci.end(), -4);
std::cout << fibonacci.front() << fibonacci.back() << '\n';

// --- lexicographical and three-way comparison
// main
std::vector<char> abc{'a', 'b', 'c'}, abd{'a', 'b', 'd'};
std::cout << std::lexicographical_compare(abc.begin(), abc.end(), abd.begin(), abd.end())
          << std::equal(abc.begin(), abc.begin() + 2, abd.begin())
          << ((abc <=> abd) == std::strong_ordering::less)
          << *std::mismatch(abc.begin(), abc.end(), abd.begin()).second << '\n';

// --- accumulate and reduce
// main
std::vector<int> ten(10);
std::iota(ten.begin(), ten.end(), 1);
std::cout << std::accumulate(ten.begin(), ten.end(), 0) << ' '
          << std::accumulate(ten.begin(), ten.end(), 1, std::multiplies<>()) << ' '
          << std::reduce(ten.begin(), ten.end()) << ' '
          << std::accumulate(
                 std::next(ten.begin()), ten.end(), std::to_string(ten[0]),
                 [](std::string s, int n) { return std::move(s) + '-' + std::to_string(n); })
          << '\n';

// --- inner_product and transform_reduce
// main
std::vector<int> p{0, 1, 2, 3, 4}, q{5, 4, 2, 3, 1};
std::cout << std::inner_product(p.begin(), p.end(), q.begin(), 0) << ' '
          << std::inner_product(p.begin(), p.end(), q.begin(), 0, std::plus<>(), std::equal_to<>())
          << ' ' << std::transform_reduce(p.begin(), p.end(), q.begin(), 0) << '\n';

// --- scans
// main
std::vector<int> data{3, 1, 4, 1, 5, 9, 2, 6};
std::exclusive_scan(data.begin(), data.end(), std::ostream_iterator<int>(std::cout, " "), 0);
std::cout << '\n';
std::inclusive_scan(data.begin(), data.end(), std::ostream_iterator<int>(std::cout, " "),
                    std::multiplies<>());
std::cout << '\n';
std::adjacent_difference(data.begin(), data.end(), std::ostream_iterator<int>(std::cout, " "));
std::cout << '\n';

// --- gcd, lcm and midpoint
// main
std::cout << std::gcd(12, 18) << ' ' << std::lcm(4, 6) << ' ' << std::midpoint(3, 8) << ' '
          << std::midpoint(8, 3) << ' ' << std::lerp(1.0, 3.0, 0.25) << '\n';

// --- limits
// main
std::cout << std::numeric_limits<int>::max() << ' ' << std::numeric_limits<short>::min() << ' '
          << std::numeric_limits<double>::digits10 << ' ' << std::numeric_limits<float>::epsilon()
          << ' ' << std::numeric_limits<double>::infinity() << ' '
          << std::numeric_limits<unsigned char>::is_signed << '\n';

// --- mathematical functions
// main
std::cout << std::sqrt(2) << ' ' << std::pow(2, 0.5) << ' ' << std::hypot(3, 4) << ' '
          << std::cbrt(27) << ' ' << std::log2(1024) << ' ' << std::fmod(7.5, 2) << ' '
          << std::round(-2.5) << ' ' << std::trunc(-2.7) << ' ' << std::fma(2, 3, 4) << ' '
          << std::atan2(1, 1) * 4 << ' ' << std::tgamma(5) << '\n';
int exponent;
double mantissa = std::frexp(123.45, &exponent);
std::cout << mantissa << ' ' << exponent << ' ' << std::isnan(std::sqrt(-1.0)) << '\n';

// --- special functions
// main
std::cout << std::beta(2, 3) << ' ' << std::legendre(3, 0.25) << ' ' << std::riemann_zeta(2) << ' '
          << std::cyl_bessel_j(0, 1) << ' ' << std::hermite(3, 10) << '\n';

// --- numbers
// main
using namespace std::numbers;
std::cout << pi << ' ' << e << ' ' << phi << ' ' << sqrt2_v<float> << ' ' << pi * pi / 6 << '\n';

// --- complex numbers
// main
{
    using namespace std::complex_literals;
    std::complex<double> z = 1.0 + 2i;
    std::cout << z * z << std::abs(3.0 + 4i) << std::conj(z) << 1i * 1i << '\n';
    std::cout << std::norm(z) << std::real(z) << std::polar(2.0, 0.0) << '\n';
}

// --- valarray
// main
std::valarray<int> whole{1, 2, 3, 4, 5, 6, 7, 8};
std::valarray<int> slice = whole[std::slice(0, 4, 2)];
slice *= 10;
whole[whole > 5] = 0;
for (int n : slice) std::cout << n << ' ';
for (int n : whole) std::cout << n << ' ';
std::cout << whole.sum() << ' ' << slice.max() << ' ' << (slice + slice)[1] << '\n';

// --- solving by Newton
template <class F, class D>
double newton(F f, D derivative, double x) {
    for (int i = 0; i < 50; ++i) x -= f(x) / derivative(x);
    return x;
}
// main
std::cout << newton([](double x) { return x * x - 2; }, [](double x) { return 2 * x; }, 1.0)
          << '\n';
