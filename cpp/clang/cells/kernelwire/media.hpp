// Pictures, sound and film, from files or made in a cell.
//
// For cells. Depends on: bundle.hpp. Used by: display.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <kernelwire/bundle.hpp>

namespace kernelwire {

/// The bytes of a file.
/// @throws std::runtime_error  naming it, where it cannot be read.
inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A picture: PNG, JPEG, GIF, WebP or SVG. Which one is told by its first bytes.
class Image {
public:
    /// @param bytes  of the encoded picture.
    /// @param width, height  in which it is shown, in pixels; 0: as it is.
    explicit Image(std::string bytes, int width = 0, int height = 0)
        : bytes_(std::move(bytes)), width_(width), height_(height) {}

    /// Reads a file.
    static Image from_file(const std::string& path, int width = 0, int height = 0) {
        return Image(read_file(path), width, height);
    }

    /// Which of the formats it is.
    /// @throws std::invalid_argument  where it is none of them.
    [[nodiscard]] std::string mime_type() const {
        const std::string_view bytes = bytes_;
        if (bytes.substr(0, 4) == "\x89PNG") return "image/png";
        if (bytes.substr(0, 3) == "\xFF\xD8\xFF") return "image/jpeg";
        if (bytes.substr(0, 4) == "GIF8") return "image/gif";
        if (bytes.substr(0, 4) == "RIFF" && bytes.substr(8, 4) == "WEBP") return "image/webp";
        if (bytes.substr(0, 1024).find("<svg") != std::string_view::npos) return "image/svg+xml";
        throw std::invalid_argument("these bytes are no PNG, JPEG, GIF, WebP or SVG");
    }

    /// Its forms.
    [[nodiscard]] Bundle bundle() const {
        const std::string type = mime_type();
        Bundle bundle;
        bundle.text("text/plain", type + ", " + std::to_string(bytes_.size()) + " bytes");
        if (type == "image/webp") {  // no frontend knows it as a type of its own
            return bundle.text("text/html", "<img src=\"data:image/webp;base64," + base64(bytes_) +
                                                "\"" + size(" width=\"", " height=\"", "\"") + ">");
        }
        return bundle.text(type, type == "image/svg+xml" ? bytes_ : base64(bytes_));
    }

    /// Its size as frontends want it beside the forms.
    [[nodiscard]] std::string metadata() const {
        if (width_ == 0 && height_ == 0) return "{}";
        std::string members = size(",\"width\":", ",\"height\":", "");
        return "{" + json_string(mime_type()) + ":{" + members.substr(1) + "}}";
    }

private:
    [[nodiscard]] std::string size(const char* width, const char* height, const char* end) const {
        std::string out;
        if (width_ > 0) out += width + std::to_string(width_) + end;
        if (height_ > 0) out += height + std::to_string(height_) + end;
        return out;
    }

    std::string bytes_;
    int width_;
    int height_;
};

/// Sound: a file's, or samples.
class Audio {
public:
    /// @param bytes      of a file that browsers play.
    /// @param mime_type  such as audio/mpeg.
    Audio(std::string bytes, std::string mime_type)
        : bytes_(std::move(bytes)), mime_type_(std::move(mime_type)) {}

    /// Reads a file; its name says what it is.
    static Audio from_file(const std::string& path) {
        std::string name = path.substr(path.rfind('.') + 1);
        if (name == "mp3") name = "mpeg";
        return Audio(read_file(path), "audio/" + name);
    }

    /// @param samples  numbers from -1 to 1; what lies beyond is cut off.
    /// @param rate     how many there are in a second.
    template <class Samples>
    static Audio from_samples(const Samples& samples, int rate) {
        std::string data;
        for (const double sample : samples) {
            append(data, static_cast<std::uint32_t>(std::clamp(sample, -1.0, 1.0) * 32767), 2);
        }
        // https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html: one channel of
        // 16 bits.
        std::string wave = "RIFF";
        append(wave, static_cast<std::uint32_t>(36 + data.size()), 4);
        wave += "WAVEfmt ";
        append(wave, 16, 4);
        append(wave, 1, 2);
        append(wave, 1, 2);
        append(wave, static_cast<std::uint32_t>(rate), 4);
        append(wave, static_cast<std::uint32_t>(rate) * 2, 4);
        append(wave, 2, 2);
        append(wave, 16, 2);
        wave += "data";
        append(wave, static_cast<std::uint32_t>(data.size()), 4);
        return Audio(wave + data, "audio/wav");
    }

    /// Its forms.
    [[nodiscard]] Bundle bundle() const {
        return Bundle()
            .text("text/plain", mime_type_ + ", " + std::to_string(bytes_.size()) + " bytes")
            .text("text/html", "<audio controls src=\"data:" + mime_type_ + ";base64," +
                                   base64(bytes_) + "\"></audio>");
    }

private:
    static void append(std::string& out, std::uint32_t number, int bytes) {
        for (; bytes > 0; --bytes, number >>= 8) out += static_cast<char>(number & 0xFF);
    }

    std::string bytes_;
    std::string mime_type_;
};

/// A film, from a file or from the web.
class Video {
public:
    /// @param url  of the film; the browser fetches it.
    explicit Video(std::string url) : source_(std::move(url)), what_(source_) {}

    /// Reads a file, which becomes a part of the notebook; its name says what it is.
    static Video from_file(const std::string& path) {
        const std::string type = "video/" + path.substr(path.rfind('.') + 1);
        Video video("data:" + type + ";base64," + base64(read_file(path)));
        video.what_ = type + " of " + path;
        return video;
    }

    /// Its forms.
    [[nodiscard]] Bundle bundle() const {
        return Bundle()
            .text("text/plain", what_)
            .text("text/html", "<video controls src=\"" + source_ + "\"></video>");
    }

private:
    std::string source_;
    std::string what_;
};

}  // namespace kernelwire
