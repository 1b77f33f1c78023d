#include <kernelwire/codec.hpp>

#include <algorithm>

namespace kernelwire {

Errc decode(const Frames& frames, const Signer& signer, ReplayWindow* window, Envelope& out) {
    const auto mark = std::find(frames.begin(), frames.end(), delimiter);
    if (mark == frames.end()) return Errc::no_delimiter;
    if (frames.end() - mark < 6) return Errc::too_few_parts;

    Parts parts;
    std::copy_n(mark + 2, parts.size(), parts.begin());
    if (!signer.verify(parts, mark[1])) return Errc::bad_signature;
    if (window != nullptr && signer.enabled() && !window->insert(mark[1])) return Errc::replayed;

    out.identities.assign(frames.begin(), mark);
    out.signature = mark[1];
    out.parts = parts;
    out.buffers.assign(mark + 6, frames.end());
    return Errc::ok;
}

void encode(const Frames& identities, const Parts& parts, const Signer& signer,
            Signature& signature, Frames& out) {
    out.clear();
    out.reserve(identities.size() + 2 + parts.size());
    out.insert(out.end(), identities.begin(), identities.end());
    out.push_back(delimiter);
    if (signer.enabled()) signature = signer.sign(parts);
    out.push_back(signer.enabled() ? Bytes(signature.data(), signature.size()) : Bytes());
    out.insert(out.end(), parts.begin(), parts.end());
}

}  // namespace kernelwire
