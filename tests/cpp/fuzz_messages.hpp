// Messages that no good client sends, for fuzz_sockets: each a channel and its frames.
//
// Everything follows from the seed, so that a run can be repeated. Nothing here asks the kernel to
// end, for then the run would end too.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include <kernelwire/kernelwire.hpp>

/// What is sent to one of the five sockets, without the identity that libzmq puts in front.
struct Shot {
    kernelwire::Channel channel = kernelwire::Channel::shell;
    std::vector<std::string> frames;
    std::string msg_id;    ///< of a message that must be answered as `reply_type` says; or empty
    std::string msg_type;  ///< likewise
};

/// Makes shots. Confined to one thread.
class Forge {
public:
    Forge(std::uint64_t seed, kernelwire::Bytes key) : random_(seed), signer_(key) {}

    /// One that a holder of the key may send: the signature is right, what it covers need not be.
    [[nodiscard]] Shot signed_shot();

    /// Says that the kernel has received all that there are.
    void received();

    /// One from somebody without the key, who may have recorded what signed_shot() made, and sends
    /// it once it was received: of a copy that overtakes its original, the original is the replay.
    [[nodiscard]] Shot unsigned_shot();

    /// The rare ones that take much memory or many frames; each in its turn.
    [[nodiscard]] Shot huge_shot(bool with_key);

    /// Bytes for a connection that does not speak ZMTP, or does so wrongly.
    [[nodiscard]] std::string greeting();

    /// One of `count` numbers from 0.
    [[nodiscard]] std::size_t below(std::size_t count) { return random_() % count; }

private:
    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }
    [[nodiscard]] std::string bytes(std::size_t size);
    [[nodiscard]] std::string junk();
    [[nodiscard]] std::string object(std::vector<std::pair<std::string, std::string>> members,
                                     std::size_t odds);
    [[nodiscard]] std::vector<std::string> sealed(const std::vector<std::string>& parts) const;
    void spoil(Shot& shot);

    std::mt19937_64 random_;
    kernelwire::Signer signer_;
    std::uint64_t count_ = 0;
    std::size_t huge_ = 0;
    std::deque<Shot> underway_;  // the last ones, not yet received
    std::deque<Shot> recorded_;
};
