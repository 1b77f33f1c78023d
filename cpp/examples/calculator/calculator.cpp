// A kernel in seventy lines: sums, and names that keep their values.
#include <cctype>
#include <map>
#include <sstream>
#include <stdexcept>

#include <kernelwire/kernelwire.hpp>

class Calculator : public kernelwire::Interpreter {
    kernelwire::KernelInfo info() const override { return {{"calculator", "1.0"}}; }

    // Runs `3 * (1 + pi)`, which has a result, or `side = 12`.
    kernelwire::Reply execute(const kernelwire::ExecuteRequest& request,
                              kernelwire::Output& output) override {
        try {
            const std::size_t equals = request.code.find('=');
            rest_ = std::istringstream(request.code.substr(equals + 1));  // npos + 1 is 0
            const double result = sum();
            if (!(rest_ >> std::ws).eof()) throw std::invalid_argument("not a sum");
            if (equals != std::string::npos) {
                rest_ = std::istringstream(request.code.substr(0, equals));
                names_[name()] = result;
            } else {
                std::ostringstream text;
                text << result;
                output.execute_result({{"text/plain", text.str()}});
            }
            return kernelwire::ok();
        } catch (const std::invalid_argument& error) {
            return kernelwire::error("SyntaxError", error.what());
        }
    }

    // Each of these takes what it knows off the front of rest_.
    double sum() {
        double total = product();
        while (const char sign = one_of("+-")) total += sign == '+' ? product() : -product();
        return total;
    }

    double product() {
        double total = value();
        while (const char sign = one_of("*/")) total *= sign == '*' ? value() : 1 / value();
        return total;
    }

    double value() {
        if (one_of("-") != 0) return -value();
        if (one_of("(") != 0) {
            const double inside = sum();
            return one_of(")") != 0 ? inside : throw std::invalid_argument("a ( has no )");
        }
        double number = 0;
        if (std::isalpha((rest_ >> std::ws).peek()) == 0) {
            return rest_ >> number ? number : throw std::invalid_argument("a number is missing");
        }
        const auto known = names_.find(name());
        return known != names_.end() ? known->second : throw std::invalid_argument("unknown name");
    }

    std::string name() {
        std::string found;
        for (rest_ >> std::ws; std::isalpha(rest_.peek()) != 0;) found += char(rest_.get());
        return !found.empty() ? found : throw std::invalid_argument("a name is missing");
    }

    char one_of(const std::string& wanted) {
        const int next = (rest_ >> std::ws).peek();
        const bool there = next != EOF && wanted.find(char(next)) != std::string::npos;
        return there ? char(rest_.get()) : char(0);
    }

    std::istringstream rest_;
    std::map<std::string, double> names_{{"pi", 3.141592653589793}};
};

int main(int argc, char** argv) {
    Calculator calculator;
    return kernelwire::run(argc, argv, calculator);
}
