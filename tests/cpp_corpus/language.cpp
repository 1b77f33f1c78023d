// Classes, exceptions, statements and initialisation: the language itself.
#include <cassert>
#include <cstddef>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <map>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <utility>
#include <vector>

// --- virtual functions
struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
    virtual std::string name() const { return "shape"; }
};
struct Square : Shape {
    explicit Square(double s) : side(s) {}
    double area() const override { return side * side; }
    std::string name() const final { return "square"; }
    double side;
};
struct Disc : Shape {
    double area() const override { return 3; }
};
// main
std::vector<std::unique_ptr<Shape>> shapes;
shapes.push_back(std::make_unique<Square>(2));
shapes.push_back(std::make_unique<Disc>());
for (const auto& shape : shapes) std::cout << shape->name() << shape->area() << ' ';
std::cout << (dynamic_cast<Square*>(shapes[1].get()) == nullptr)
          << (typeid(*shapes[0]) == typeid(Square)) << '\n';

// --- construction and destruction in order
struct Member {
    std::string name;
    explicit Member(std::string n) : name(std::move(n)) { std::cout << '+' << name; }
    ~Member() { std::cout << '-' << name; }
};
struct Parent {
    Member first{"p1"};
};
struct Child : Parent {
    Member second{"c1"}, third{"c2"};
    Child() { std::cout << " body "; }
};
// main
{
    Child child;
}
std::cout << '\n';

// --- special member functions
struct Five {
    std::string log;
    Five() : log("made") {}
    Five(const Five& o) : log(o.log + " copied") {}
    Five(Five&& o) noexcept : log(std::move(o.log) + " moved") {}
    Five& operator=(const Five& o) {
        log = o.log + " copy-assigned";
        return *this;
    }
    Five& operator=(Five&& o) noexcept {
        log = std::move(o.log) + " move-assigned";
        return *this;
    }
};
// main
Five one;
Five two = one, three = std::move(one);
two = three;
three = Five();
std::cout << two.log << ", " << three.log << '\n';

// --- operators
struct Vec {
    double x = 0, y = 0;
    Vec& operator+=(const Vec& o) {
        x += o.x;
        y += o.y;
        return *this;
    }
    friend Vec operator+(Vec a, const Vec& b) { return a += b; }
    friend Vec operator*(double k, const Vec& v) { return {k * v.x, k * v.y}; }
    double operator[](int i) const { return i ? y : x; }
    explicit operator bool() const { return x || y; }
    Vec operator-() const { return {-x, -y}; }
    bool operator==(const Vec&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Vec& v) {
    return out << '(' << v.x << ", " << v.y << ')';
}
// main
Vec v{1, 2};
std::cout << v + 2 * v << -v << v[1] << bool(Vec{}) << (v == Vec{1, 2}) << '\n';

// --- multiple and virtual inheritance
struct Animal {
    int weight = 1;
};
struct Swims : virtual Animal {
    void move() const { std::cout << "swims "; }
};
struct Flies : virtual Animal {
    void move() const { std::cout << "flies "; }
};
struct Duck : Swims, Flies {
    using Swims::move;
};
// main
Duck duck;
duck.weight = 5;
duck.move();
duck.Flies::move();
std::cout << static_cast<Animal&>(duck).weight << '\n';

// --- static members and friends
class Counted {
public:
    Counted() { ++alive_; }
    Counted(const Counted&) { ++alive_; }
    ~Counted() { --alive_; }
    static int alive() { return alive_; }
    friend int peek(const Counted&) { return secret_; }

private:
    inline static int alive_ = 0;
    static constexpr int secret_ = 42;
};
// main
{
    Counted a, b = a;
    std::cout << Counted::alive() << peek(a);
}
std::cout << Counted::alive() << '\n';

// --- delegating and inheriting constructors
struct Date {
    int y, m, d;
    Date(int year, int month, int day) : y(year), m(month), d(day) {}
    explicit Date(int year) : Date(year, 1, 1) {}
};
struct Holiday : Date {
    using Date::Date;
    std::string name = "none";
};
// main
Holiday holiday(2024, 12, 25);
std::cout << holiday.d << holiday.name << Holiday(2025).m << '\n';

// --- initialisation in its forms
struct Aggregate {
    int a = 1;
    std::string b = "default";
    struct {
        int c, d;
    } inner{3, 4};
};
// main
Aggregate designated{.b = "named"};
Aggregate all{5, "x", {6, 7}};
int zero{};
int array[]{1, 2, 3};
std::vector<int> sized(3, 1), listed{3, 1};
std::cout << designated.a << designated.b << all.inner.d << zero << std::size(array) << sized.size()
          << listed.size() << '\n';

// --- initializer_list
class Poly {
public:
    Poly(std::initializer_list<int> c) : coefficients_(c) {}
    int at(int x) const {
        int value = 0;
        for (auto it = coefficients_.rbegin(); it != coefficients_.rend(); ++it)
            value = value * x + *it;
        return value;
    }

private:
    std::vector<int> coefficients_;
};
// main
std::cout << Poly{1, 2, 3}.at(2) << ' ' << Poly({}).at(5) << '\n';

// --- structured bindings of a type of one's own
struct Colour {
    int r, g, b;
};
// main
Colour colour{10, 20, 30};
auto& [r, g, b] = colour;
g = 99;
auto [x, y, z] = colour;
std::cout << colour.g << x + y + z << r << b << '\n';

// --- switch with fall-through and initialiser
const char* size_of(int n) {
    switch (const int half = n / 2; half) {
        case 0: [[fallthrough]];
        case 1: return "small";
        case 2: return "medium";
        default: return "large";
    }
}
// main
for (int n : {0, 3, 4, 100}) std::cout << size_of(n) << ' ';
if (std::map<int, int> m{{1, 2}}; m.contains(1)) std::cout << m[1];
std::cout << '\n';

// --- loops of all kinds
// main
int i = 0;
while (true) {
    if (++i == 3) continue;
    if (i > 5) break;
    std::cout << i;
}
do std::cout << i--;
while (i > 4);
for (int a = 0, b = 10; a < b; a += 3, --b) std::cout << a << b;
for (std::vector<int> v{1, 2}; int n : v) std::cout << n;
std::cout << '\n';

// --- goto out of two loops
void search() {
    for (int a = 1; a < 20; ++a)
        for (int b = a; b < 20; ++b)
            if (a * a + b * b == 169) {
                std::cout << a << ' ' << b << '\n';
                goto found;
            }
    std::cout << "nothing";
found:
    return;
}
// main
search();

// --- enumerations
enum Plain { red, green = 5, blue };
enum class Scoped : char { a = 'a', b };
// main
using enum Scoped;
std::cout << blue << static_cast<char>(b) << (Scoped::a < b) << '\n';

// --- unions and bit fields
union Either {
    int number;
    char bytes[4];
};
struct Packed {
    unsigned low : 3, high : 5;
};
// main
Either either{.number = 0};
either.bytes[0] = 'A';
Packed packed{.low = 7, .high = 31};
++packed.low;
std::cout << either.bytes[0] << packed.low << packed.high << sizeof(Either) << '\n';

// --- references and pointers
void by_value(int n) {
    n = 9;
}
void by_reference(int& n) {
    n = 9;
}
void by_pointer(int* n) {
    *n += 1;
}
// main
int target = 1;
by_value(target);
std::cout << target;
by_reference(target);
by_pointer(&target);
std::cout << target;
int numbers[4]{1, 2, 3, 4};
int* p = numbers + 1;
std::cout << *p++ << p[1] << p - numbers << *(&numbers[3] - 1) << '\n';

// --- pointers to functions and members
int add(int a, int b) {
    return a + b;
}
int subtract(int a, int b) {
    return a - b;
}
struct Account {
    int balance = 100;
    int after(int n) const { return balance - n; }
};
// main
int (*operation[])(int, int) = {add, subtract};
int Account::* member = &Account::balance;
int (Account::*method)(int) const = &Account::after;
Account account;
account.*member += 50;
std::cout << operation[0](1, 2) << operation[1](1, 2) << (account.*method)(30) << '\n';

// --- overloads and default arguments
std::string over(int) {
    return "int ";
}
std::string over(double) {
    return "double ";
}
std::string over(const char*) {
    return "text ";
}
std::string over(std::nullptr_t) {
    return "null ";
}
int area(int width, int height = 2) {
    return width * height;
}
// main
std::cout << over(1) << over(1.0f) << over("x") << over(nullptr) << over('c') << area(3)
          << area(3, 3) << '\n';

// --- namespaces
namespace outer::inner {
int depth = 2;
inline namespace v2 {
int version() {
    return 2;
}
}  // namespace v2
namespace v1 {
int version() {
    return 1;
}
}  // namespace v1
}  // namespace outer::inner
namespace short_name = outer::inner;
// main
std::cout << short_name::depth << short_name::version() << short_name::v1::version() << '\n';

// --- static locals
int next() {
    static int n = 10;
    return n++;
}
// main
std::cout << next();
std::cout << next() << next() << '\n';

// --- literals of one's own
constexpr long double operator""_km(long double n) {
    return n * 1000;
}
constexpr unsigned long long operator""_km(unsigned long long n) {
    return n * 1000;
}
std::string operator""_up(const char* s, std::size_t n) {
    std::string r(s, n);
    for (char& c : r) c = static_cast<char>(c - 32);
    return r;
}
// main
std::cout << 2.5_km << ' ' << 3_km << ' ' << "abc"_up << 1'000'000 << 0b101 << 0x1p4 << '\n';

// --- macros
#define SQUARE(n) ((n) * (n))
#define NAME_OF(n) #n
#define JOIN(a, b) a##b
#define COUNT(...) (sizeof((int[]){__VA_ARGS__}) / sizeof(int))
// main
int JOIN(va, lue) = SQUARE(1 + 2);
std::cout << value << NAME_OF(a + b) << COUNT(1, 2, 3);
#ifdef SQUARE
std::cout << " defined";
#else
std::cout << " undefined";
#endif
std::cout << '\n';

// --- exceptions unwind the stack
struct Guard {
    const char* name;
    ~Guard() { std::cout << "left " << name << ' '; }
};
void inner() {
    Guard guard{"inner"};
    throw std::runtime_error("trouble");
}
void outer_function() {
    Guard guard{"outer"};
    inner();
}
// main
try {
    outer_function();
} catch (const std::exception& e) {
    std::cout << e.what() << ' ' << (typeid(e) == typeid(std::runtime_error)) << '\n';
}

// --- an exception of one's own
class Failure : public std::runtime_error {
public:
    Failure(const std::string& what, int code) : std::runtime_error(what), code_(code) {}
    int code() const { return code_; }

private:
    int code_;
};
// main
try {
    throw Failure("disk full", 28);
} catch (const std::logic_error&) {
    std::cout << "never";
} catch (const Failure& f) {
    std::cout << f.what() << f.code() << '\n';
}

// --- thrown again and nested
void print(const std::exception& e, int level = 0) {
    std::cout << std::string(level, '>') << e.what() << ' ';
    try {
        std::rethrow_if_nested(e);
    } catch (const std::exception& nested) {
        print(nested, level + 1);
    }
}
void open() {
    try {
        throw std::invalid_argument("no name");
    } catch (...) {
        std::throw_with_nested(std::runtime_error("cannot open"));
    }
}
// main
try {
    open();
} catch (const std::exception& e) {
    print(e);
}
try {
    try {
        throw 1;
    } catch (int n) {
        throw;
    }
} catch (...) {
    std::cout << "again\n";
}

// --- exception_ptr
std::exception_ptr keep() {
    try {
        std::string().at(1);
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}
// main
try {
    std::rethrow_exception(keep());
} catch (const std::out_of_range&) {
    std::cout << "kept\n";
}

// --- a constructor that throws
struct Part {
    ~Part() { std::cout << "part gone "; }
};
struct Machine {
    Part part;
    Machine() { throw std::string("broken"); }
    ~Machine() { std::cout << "never"; }
};
// main
try {
    Machine machine;
} catch (const std::string& s) {
    std::cout << s << '\n';
}

// --- noexcept is known
void safe() noexcept {}
void unsafe() {}
// main
std::cout << noexcept(safe()) << noexcept(unsafe()) << std::uncaught_exceptions() << '\n';

// --- error codes
// main
std::error_code code = std::make_error_code(std::errc::no_such_file_or_directory);
std::cout << code.value() << code.category().name() << ' ' << code.message() << ' '
          << (code == std::errc::no_such_file_or_directory) << '\n';
try {
    throw std::system_error(std::make_error_code(std::errc::permission_denied), "open");
} catch (const std::system_error& e) {
    std::cout << e.what() << '\n';
}

// --- source_location
int line_of(std::source_location here = std::source_location::current()) {
    return here.line() > 0;
}
std::string function() {
    return std::source_location::current().function_name();
}
// main
std::cout << line_of() << (function().find("function") != std::string::npos) << '\n';

// --- recursion and mutual recursion
bool odd(unsigned n);
bool even(unsigned n) {
    return n == 0 || odd(n - 1);
}
bool odd(unsigned n) {
    return n != 0 && even(n - 1);
}
int ackermann(int m, int n) {
    if (m == 0) return n + 1;
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
void hanoi(int n, char a, char b, char c) {
    if (n == 0) return;
    hanoi(n - 1, a, c, b);
    std::cout << a << c << ' ';
    hanoi(n - 1, b, a, c);
}
// main
std::cout << even(10) << odd(7) << ackermann(2, 3) << ' ';
hanoi(3, 'A', 'B', 'C');
std::cout << '\n';

// --- integers wrap, promote and shift
// main
unsigned wrapped = 0;
--wrapped;
signed char small = static_cast<signed char>(200);
std::cout << wrapped << ' ' << int(small) << ' ' << (1u << 31) << ' ' << (-7 / 2) << (-7 % 2)
          << (5 & 3) << (5 | 3) << (5 ^ 3) << ~5 << (-8 >> 1) << sizeof('a' + 'b') << '\n';

// --- comma, ternary and short circuit
int calls = 0;
bool called(bool result) {
    ++calls;
    return result;
}
// main
bool result = called(false) && called(true);
result = called(true) || called(false);
int chosen = (calls += 10, result ? calls : -1);
std::cout << chosen << '\n';

// --- attributes
[[nodiscard]] int important() {
    return 1;
}
[[deprecated("old")]] int old() {
    return 2;
}
struct Empty {};
struct Holder {
    [[no_unique_address]] Empty empty;
    int n = 3;
};
// main
[[maybe_unused]] int unused = 0;
Holder holder;
if (important() == 1) [[likely]]
    std::cout << sizeof(Holder) / sizeof(int) << holder.n << '\n';

// --- nested and local classes
class List {
    struct Node {
        int value;
        Node* next;
    };
    Node* head_ = nullptr;

public:
    ~List() {
        while (head_) delete std::exchange(head_, head_->next);
    }
    void push(int n) { head_ = new Node{n, head_}; }
    class Iterator {
        Node* node_;

    public:
        explicit Iterator(Node* n) : node_(n) {}
        int operator*() const { return node_->value; }
        Iterator& operator++() {
            node_ = node_->next;
            return *this;
        }
        bool operator!=(const Iterator& o) const { return node_ != o.node_; }
    };
    Iterator begin() const { return Iterator(head_); }
    Iterator end() const { return Iterator(nullptr); }
};
int local() {
    struct Local {
        int twice(int n) { return 2 * n; }
    };
    return Local().twice(21);
}
// main
List numbers_list;
for (int n : {1, 2, 3}) numbers_list.push(n);
for (int n : numbers_list) std::cout << n;
std::cout << local() << '\n';

// --- anonymous namespaces and static functions
namespace {
int hidden = 4;
}
static int internal() {
    return hidden * 2;
}
// main
std::cout << internal() << '\n';

// --- a constant is made in its turn
// main
int changed = 1;
changed = 2;
const int kept = changed;
changed = 3;
std::cout << kept << changed << '\n';

// --- braces of values within a branch
struct Pair {
    int a, b;
};
// main
if (true) std::cout << Pair{1, 2}.b << '\n';
for (int n : {1, 2})
    if (n > 1)
        std::cout << Pair{n, 4}.a;
    else
        std::cout << std::string{"one "};
std::cout << '\n';
