// Templates, concepts, traits, and what is computed while compiling.
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// --- a function template deduces
template <class T>
T larger(T a, T b) {
    return a < b ? b : a;
}
// main
std::cout << larger(3, 7) << larger(2.5, 1.5) << larger<std::string>("a", "b")
          << larger<double>(1, 2.5) << '\n';

// --- a class template with a partial specialisation
template <class T>
struct Describe {
    static std::string text() { return "value"; }
};
template <class T>
struct Describe<T*> {
    static std::string text() { return "pointer to " + Describe<T>::text(); }
};
template <class T, std::size_t N>
struct Describe<T[N]> {
    static std::string text() { return std::to_string(N) + " of " + Describe<T>::text(); }
};
template <>
struct Describe<int> {
    static std::string text() { return "int"; }
};
// main
std::cout << Describe<double>::text() << ", " << Describe<int**>::text() << ", "
          << Describe<int* [3]>::text() << '\n';

// --- variadic templates
void list() {
    std::cout << ".\n";
}
template <class First, class... Rest>
void list(const First& first, const Rest&... rest) {
    std::cout << first << (sizeof...(rest) ? ", " : "");
    list(rest...);
}
// main
list(1, 2.5, "three", '4');

// --- fold expressions
template <class... Ts>
auto sum(Ts... ts) {
    return (ts + ... + 0);
}
template <class... Ts>
bool all(Ts... ts) {
    return (... && ts);
}
template <class T, class... Ts>
void push_all(std::vector<T>& v, Ts&&... ts) {
    (v.push_back(std::forward<Ts>(ts)), ...);
}
// main
std::vector<int> pushed;
push_all(pushed, 6, 2, 45);
std::cout << sum(1, 2, 3) << sum() << all(true, 1 < 2) << all(true, false) << pushed.size() << '\n';

// --- values as parameters of templates
template <int N>
struct Factorial {
    static constexpr long value = N * Factorial<N - 1>::value;
};
template <>
struct Factorial<0> {
    static constexpr long value = 1;
};
template <auto V>
constexpr auto doubled = V + V;
// main
std::cout << Factorial<10>::value << ' ' << doubled<21> << doubled<'!'> << '\n';

// --- a string as a parameter of a template
template <std::size_t N>
struct Fixed {
    char text[N]{};
    constexpr Fixed(const char (&s)[N]) { std::copy_n(s, N, text); }
};
template <Fixed F>
struct Named {
    static constexpr std::string_view name{F.text};
};
// main
std::cout << Named<"hello">::name << Named<"hello">::name.size() << '\n';

// --- template template parameters
template <template <class...> class Container, class T>
auto make(std::initializer_list<T> items) {
    return Container<T>(items);
}
// main
std::cout << make<std::vector>({1, 2, 3}).size() << '\n';

// --- deduction guides
template <class T>
struct Box {
    T content;
};
template <class T>
Box(T) -> Box<T>;
Box(const char*) -> Box<std::string>;
// main
Box box{"text"};
std::cout << box.content.size() << Box{2.5}.content << std::pair(1, 'x').second << '\n';

// --- SFINAE chooses
template <class T, class = void>
struct HasSize : std::false_type {};
template <class T>
struct HasSize<T, std::void_t<decltype(std::declval<T>().size())>> : std::true_type {};
template <class T>
std::enable_if_t<std::is_integral_v<T>, std::string> kind(T) {
    return "integral";
}
template <class T>
std::enable_if_t<!std::is_integral_v<T>, std::string> kind(T) {
    return "other";
}
// main
std::cout << HasSize<std::string>::value << HasSize<int>::value << kind(1) << kind(1.0) << '\n';

// --- if constexpr
template <class T>
std::string text(const T& value) {
    if constexpr (std::is_arithmetic_v<T>)
        return std::to_string(value);
    else if constexpr (std::is_convertible_v<T, std::string_view>)
        return std::string(std::string_view(value));
    else
        return "[" + std::to_string(value.size()) + "]";
}
// main
std::cout << text(1) << text("two") << text(std::vector<int>(3)) << '\n';

// --- traits
// main
std::cout << std::is_same_v<
                 std::remove_cvref_t<const int&>,
                 int> << std::is_pointer_v<int*> << std::is_base_of_v<std::true_type, std::is_void<void>> << std::is_enum_v<std::byte> << std::is_same_v<std::common_type_t<int, double>, double> << std::is_trivially_copyable_v<std::string> << std::is_nothrow_move_constructible_v<std::vector<int>> << std::is_same_v<std::conditional_t<(sizeof(int) > 1), int, char>, int> << std::rank_v<int[2][3]> << std::extent_v<int[2][3], 1> << '\n';

// --- underlying and make_unsigned
enum class Level : std::uint8_t { low = 1, high = 200 };
// main
std::cout << static_cast<int>(static_cast<std::underlying_type_t<Level>>(Level::high))
          << std::is_same_v<std::make_unsigned_t<int>,
                            unsigned> << std::is_same_v<std::decay_t<int[3]>, int*> << '\n';

// --- curiously recurring
template <class Derived>
struct Comparable {
    friend bool operator>(const Derived& a, const Derived& b) { return b < a; }
    friend bool operator<=(const Derived& a, const Derived& b) { return !(b < a); }
};
struct Metre : Comparable<Metre> {
    double value;
    explicit Metre(double v) : value(v) {}
    friend bool operator<(const Metre& a, const Metre& b) { return a.value < b.value; }
};
// main
std::cout << (Metre(2) > Metre(1)) << (Metre(2) <= Metre(1)) << '\n';

// --- type lists
template <class... Ts>
struct List {};
template <class L>
struct Size;
template <class... Ts>
struct Size<List<Ts...>> : std::integral_constant<std::size_t, sizeof...(Ts)> {};
template <template <class> class F, class L>
struct Map;
template <template <class> class F, class... Ts>
struct Map<F, List<Ts...>> {
    using type = List<typename F<Ts>::type...>;
};
// main
std::cout
    << Size<List<int, char, double>>::value
    << std::is_same_v<Map<std::add_pointer, List<int, char>>::type, List<int*, char*>> << '\n';

// --- index sequences
template <std::size_t... Is>
constexpr auto squares(std::index_sequence<Is...>) {
    return std::array{(Is * Is)...};
}
// main
constexpr auto table = squares(std::make_index_sequence<6>{});
for (auto n : table) std::cout << n << ' ';
std::cout << '\n';

// --- forwarding keeps categories
void take(const std::string&) {
    std::cout << "copy ";
}
void take(std::string&&) {
    std::cout << "move ";
}
template <class T>
void pass(T&& t) {
    take(std::forward<T>(t));
}
// main
std::string lvalue = "x";
const std::string constant = "y";
pass(lvalue);
pass(constant);
pass(std::string("z"));
pass(std::move(lvalue));
std::cout << '\n';

// --- concepts restrict
template <class T>
concept Number = std::integral<T> || std::floating_point<T>;
template <class T>
concept Printable = requires(std::ostream& out, const T& t) {
    { out << t } -> std::same_as<std::ostream&>;
};
Number auto half(Number auto n) {
    return n / 2;
}
struct Silent {};
// main
std::cout << half(9) << half(9.0)
          << Printable<int> << Printable<Silent> << Number<bool> << Number<std::string> << '\n';

// --- the more constrained overload wins
template <class T>
std::string which(T) {
    return "any";
}
template <std::integral T>
std::string which(T) {
    return "integral";
}
template <std::integral T>
    requires(sizeof(T) == 1)
std::string which(T) {
    return "small";
}
// main
std::cout << which(1.5) << ' ' << which(1) << ' ' << which('c') << '\n';

// --- requires within a class
template <class T>
struct Wrapper {
    T value;
    std::size_t size() const
        requires requires(T t) { t.size(); }
    {
        return value.size();
    }
    std::size_t size() const { return 1; }
};
// main
std::cout << Wrapper<std::string>{"abc"}.size() << Wrapper<int>{5}.size() << '\n';

// --- concepts of the library
// main
std::cout << std::derived_from<
                 std::true_type, std::bool_constant<
                                     true>> << std::convertible_to<int, double> << std::regular<std::string> << std::equality_comparable_with<std::string, const char*> << std::invocable<int (*)(), int> << std::predicate<bool (*)(int), int> << std::totally_ordered<std::vector<int>> << std::default_initializable<int&> << '\n';

// --- constexpr algorithms and containers
constexpr int sum_of_sorted() {
    std::array<int, 5> a{5, 3, 1, 4, 2};
    std::sort(a.begin(), a.end());
    int sum = 0;
    for (int i = 0; i < 5; ++i) sum += a[i] * (i + 1);
    return sum;
}
static_assert(sum_of_sorted() == 55);
constexpr int with_new() {
    int* p = new int[3]{1, 2, 3};
    int sum = p[0] + p[1] + p[2];
    delete[] p;
    return sum;
}
static_assert(with_new() == 6);
// main
std::cout << sum_of_sorted() << with_new() << '\n';

// --- consteval, constinit and is_constant_evaluated
consteval int cube(int n) {
    return n * n * n;
}
constinit int started = cube(3);
constexpr int when() {
    return std::is_constant_evaluated() ? 1 : 2;
}
// main
{
    constexpr int early = when();
    int late = when();
    std::cout << cube(2) << started << early << late << '\n';
}

// --- an immediate function outside of blocks
consteval int immediate(int n) {
    return n + 1;
}
// main
std::cout << immediate(2) << '\n';

// --- a hash while compiling
constexpr std::uint32_t fnv(std::string_view s) {
    std::uint32_t h = 2166136261u;
    for (char c : s) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return h;
}
std::string command(std::string_view s) {
    switch (fnv(s)) {
        case fnv("start"): return "starting";
        case fnv("stop"): return "stopping";
        default: return "unknown";
    }
}
// main
std::cout << command("stop") << command("start") << command("x") << fnv("hello") << '\n';

// --- generic lambdas and lambdas with template parameters
// main
auto add = [](auto a, auto b) { return a + b; };
auto first = []<class T>(const std::vector<T>& v) -> T { return v.empty() ? T() : v.front(); };
std::cout << add(1, 2.5) << add(std::string("a"), "b") << first(std::vector{7, 8}) << '\n';

// --- captures
// main
{
    int outside = 1;
    auto by_value = [outside] { return outside; };
    auto by_reference = [&outside] { return ++outside; };
    auto with_state = [n = 10]() mutable { return n++; };
    outside = 5;
    std::cout << by_value() << by_reference() << with_state() << with_state() << outside << '\n';
}

// --- captures outside of blocks
// main
int seen = 1;
auto at_once = [seen] { return seen; };
seen = 5;
std::cout << at_once() << seen << '\n';

// --- a lambda as a type
struct ByLambda {
    decltype([](int a, int b) { return a > b; }) before;
};
// main
std::cout << ByLambda{}.before(2, 1) << std::is_empty_v<ByLambda> << '\n';
int (*plain)(int) = +[](int n) { return n + 1; };
std::cout << plain(1) << '\n';

// --- variable templates and alias templates
template <class T>
constexpr T pi_of = T(3.14159265358979L);
template <class T>
using Grid = std::vector<std::vector<T>>;
// main
Grid<int> grid(2, std::vector<int>(3, 7));
std::cout << pi_of<int> << ' ' << pi_of<float> << ' ' << grid[1][2] << '\n';

// --- dependent names and typename
template <class Container>
typename Container::value_type last_of(const Container& c) {
    typename Container::const_reverse_iterator it = c.rbegin();
    return *it;
}
struct Host {
    template <class T>
    T convert(int n) const {
        return static_cast<T>(n);
    }
};
template <class H>
auto use(const H& h) {
    return h.template convert<char>(65);
}
// main
std::cout << last_of(std::vector{1, 2, 9}) << use(Host{}) << '\n';
