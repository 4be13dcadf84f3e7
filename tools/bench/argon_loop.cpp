// Argon2id alone, as fast as it goes: the ceiling of logins per second.
//
//   bench_argon_loop THREADS SECONDS PASSES MEMORY_BYTES
//
// Verifies one password against its hash in a loop on each thread, and prints "COUNT SECONDS".
#include <sodium.h>

#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

int main(int argument_count, char** arguments) {
  if (argument_count != 5) {
    std::cerr << "Usage: bench_argon_loop THREADS SECONDS PASSES MEMORY_BYTES\n";
    return 64;
  }
  const unsigned long threads = std::stoul(arguments[1]);
  const std::chrono::duration<double> time(std::stod(arguments[2]));
  const unsigned long long passes = std::stoull(arguments[3]);
  const std::size_t memory_bytes = std::stoull(arguments[4]);

  constexpr std::string_view kPassword = "Correct-Horse-1";
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (sodium_init() < 0 ||
      crypto_pwhash_str(hash.data(), kPassword.data(), kPassword.size(), passes, memory_bytes) != 0) {
    std::cerr << "bench_argon_loop: libsodium could not hash with " << memory_bytes << " bytes of memory\n";
    return 1;
  }

  std::atomic<long> count = 0;
  std::atomic<bool> wrong = false;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start); };
  std::vector<std::thread> loops;
  for (unsigned long i = 0; i < threads; ++i) {
    loops.emplace_back([&] {
      while (elapsed() < time) {
        if (crypto_pwhash_str_verify(hash.data(), kPassword.data(), kPassword.size()) != 0) wrong = true;
        ++count;
      }
    });
  }
  for (std::thread& loop : loops) loop.join();
  if (wrong) {
    std::cerr << "bench_argon_loop: libsodium did not recognise the password, or had no memory\n";
    return 1;
  }
  std::cout << count << ' ' << elapsed().count() << '\n';
}
