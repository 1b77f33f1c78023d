// A particle simulation in C++ that is steered from JupyterLab, in Python:
//
//   $ embed_python
//   jupyter console --existing kernel-4711-0a1b2c3d.json
//
//   In [1]: particles.positions.mean(axis=0)
//   In [2]: particles.velocities[:] = 0; particles.gravity = -1.6
//
// With --thread the cells run beside the simulation; `with particles:` then holds it.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include <kernelwire/python/embedded_python.hpp>
#include <kernelwire/python/live_array.hpp>
#include <kernelwire/python/python_kernel.hpp>

namespace py = pybind11;
using namespace kernelwire;
using namespace std::chrono_literals;

// The application. It knows nothing of kernels, nor of Python.
class Particles {
public:
    explicit Particles(std::size_t count) : positions(count * 2), velocities(count * 2) {
        for (std::size_t i = 0; i < positions.size(); ++i) {
            positions[i] = static_cast<double>(i) / static_cast<double>(positions.size());
        }
    }

    void advance(double seconds) {
        const std::lock_guard lock(mutex);
        for (std::size_t x = 0, y = 1; y < positions.size(); x += 2, y += 2) {
            velocities[y] += gravity * seconds;
            positions[x] += velocities[x] * seconds;
            positions[y] += velocities[y] * seconds;
            if (positions[y] < 0) {  // the floor
                positions[y] = -positions[y];
                velocities[y] = -velocities[y];
            }
        }
        ++steps;
    }

    std::mutex mutex;               // of all below, where there are two threads
    std::vector<double> positions;  // x and y of each
    std::vector<double> velocities;
    double gravity = -9.8;
    long steps = 0;
    std::atomic<bool> running{true};
};

// What cells see of it.
PYBIND11_EMBEDDED_MODULE(simulation, m) {
    const auto live = [](std::vector<double> Particles::* values) {
        return [values](const std::shared_ptr<Particles>& self) {
            std::vector<double>& memory = (*self).*values;
            return live_array(self, memory.data(), {py::ssize_t(memory.size() / 2), 2});
        };
    };
    py::class_<Particles, std::shared_ptr<Particles>>(m, "Particles")
        .def_property_readonly("positions", live(&Particles::positions))
        .def_property_readonly("velocities", live(&Particles::velocities))
        .def_readwrite("gravity", &Particles::gravity)
        .def_readonly("steps", &Particles::steps)
        .def("advance", &Particles::advance, py::call_guard<py::gil_scoped_release>())
        .def("quit", [](Particles& self) { self.running = false; })
        .def(
            "__enter__", [](Particles& self) { self.mutex.lock(); },
            py::call_guard<py::gil_scoped_release>())
        .def("__exit__", [](Particles& self, const py::args&) { self.mutex.unlock(); });
}

int main(int argc, char** argv) {
    try {
        const bool on_thread = argc > 1 && std::string_view(argv[1]) == "--thread";
        const EmbeddedPython python;
        const auto particles = std::make_shared<Particles>(1000);
        const auto show = [particles](py::dict& names) {
            py::module_::import("simulation");  // or Python would not know the type
            names["particles"] = particles;
        };
        const auto say = [](const auto& kernel) {
            std::cout << "jupyter console --existing " << kernel.connection_file() << std::endl;
        };
        constexpr std::chrono::milliseconds pace{1};
        if (on_thread) {
            PythonKernelThread kernel(show);
            say(kernel);
            while (particles->running && kernel.running()) {
                particles->advance(0.001);
                std::this_thread::sleep_for(pace);
            }
        } else {
            PythonKernel kernel(show);
            say(kernel);
            while (particles->running && kernel.run_until(PythonKernel::Clock::now() + pace)) {
                particles->advance(0.001);
            }
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "embed_python: " << error.what() << '\n';
        return 1;
    }
}
