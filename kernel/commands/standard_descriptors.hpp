// Descriptors 0 to 2 are standard input, output and error, also of a program that was started without them: what is
// opened first would get their numbers, and log lines would go into a socket.
#pragma once

namespace kavro::commands {

// Opens /dev/null in the place of those that are closed. To be called before anything else is opened, and before there
// are threads. Errors: none; without /dev/null they stay closed.
void openStandardDescriptors();

}  // namespace kavro::commands
