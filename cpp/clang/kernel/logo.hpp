// The kernel's logo, as frontends show it in their launchers.
//
// Layer 8. Depends on nothing of ours. Used by: kernelspecs.cpp.
#pragma once

namespace kernelwire::cpp {

/// An SVG: five channels into one kernel, as kernelwire's other kernels have it, and two plus
/// signs.
inline constexpr const char* logo =
    R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
  <title>kernelwire: five channels into one kernel of C++</title>
  <rect width="64" height="64" rx="14" fill="#17324d"/>
  <g fill="none" stroke-width="3.5" stroke-linecap="round">
    <path d="M9 12 C26 12 26 32 38 32" stroke="#9cd67e"/>
    <path d="M9 22 C22 22 26 32 38 32" stroke="#7cc4f4"/>
    <path d="M9 32 H38" stroke="#ffffff"/>
    <path d="M9 42 C22 42 26 32 38 32" stroke="#7cc4f4"/>
    <path d="M9 52 C26 52 26 32 38 32" stroke="#9cd67e"/>
  </g>
  <circle cx="44" cy="32" r="12" fill="#ffffff"/>
  <path d="M36 32 H43 M39.5 28.5 V35.5 M45 32 H52 M48.5 28.5 V35.5" fill="none"
        stroke="#17324d" stroke-width="2.5" stroke-linecap="round"/>
</svg>
)svg";

}  // namespace kernelwire::cpp
