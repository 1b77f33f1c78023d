// Questions to whoever sits at the frontend. Without a prompt, std::cin and scanf do as well.
//
// For cells. Depends on: host.hpp.
#pragma once

#include <string>
#include <string_view>

#include <kernelwire/host.hpp>

namespace kernelwire {

/// Asks for a line.
/// @throws an exception that ends the cell, where the frontend cannot be asked or was interrupted.
inline std::string input(std::string_view prompt = "") {
    std::string answer;
    kernelwire_host::kernelwire_input(prompt, false, answer);
    return answer;
}

/// The same, with what is typed not shown.
inline std::string password(std::string_view prompt = "") {
    std::string answer;
    kernelwire_host::kernelwire_input(prompt, true, answer);
    return answer;
}

}  // namespace kernelwire
