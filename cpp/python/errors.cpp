// The exceptions of the core, under the names that Python knows.
#include <kernelwire/client.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/kernel_process.hpp>
#include <kernelwire/kernelspec.hpp>

#include "module.hpp"

using namespace kernelwire;

void register_errors() {
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        const auto raise = [](const char* type, const std::exception& error) {
            const py::object errors = py::module_::import("kernelwire.errors");
            PyErr_SetString(errors.attr(type).ptr(), error.what());
        };
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const ConnectionFileError& error) {
            raise("ConnectionFileError", error);
        } catch (const TransportError& error) {
            raise("TransportError", error);
        } catch (const KernelSilent& error) {
            raise("KernelSilent", error);
        } catch (const KernelEnded& error) {
            raise("KernelEnded", error);
        } catch (const LaunchError& error) {
            raise("LaunchError", error);
        } catch (const KernelSpecError& error) {
            raise("KernelSpecError", error);
        } catch (const WireError& error) {
            raise(error.code() == Errc::bad_signature ? "BadSignature"
                  : error.code() == Errc::replayed    ? "ReplayedMessage"
                                                      : "MalformedMessage",
                  error);
        }
    });
}
