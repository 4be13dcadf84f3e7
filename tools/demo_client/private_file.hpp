// Small files that only their owner may read (mode 0600): private keys, passwords, tokens.
// Any thread, any number of processes: a file is complete or not there. Every error is a Failure that names the file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::demo_client {

inline constexpr std::size_t kPrivateFileBytesMax = 64 * 1024;

// The content without the line end that closes it; nothing when there is no such file.
// Refuses what others may read, a symbolic link, and anything over the limit.
std::optional<std::string> readPrivateFile(const std::filesystem::path& file);

// Creates the file; false when one is there already, which is then left as it is.
bool createPrivateFile(const std::filesystem::path& file, std::string_view content);

// Creates the file or takes the place of the one that is there, in one step.
void replacePrivateFile(const std::filesystem::path& file, std::string_view content);

}  // namespace kavro::demo_client
