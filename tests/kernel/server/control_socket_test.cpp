#include "kernel/server/control_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/services/temporary_folder.hpp"

namespace kavro::server {
namespace {

class ControlSocketTest : public ::testing::Test {
 protected:
  std::string whyNot(const std::string& path) {
    try {
      ControlSocket made(path);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }

  testing::TemporaryFolder folder_{"control"};
  const std::string path_ = (folder_.path() / "control.sock").string();
};

TEST_F(ControlSocketTest, ALineGoesEachWay) {
  ControlSocket socket(path_);
  std::string heard;
  std::thread server([&] {
    socket.serveOne([&](std::string_view line) {
      heard = line;
      return std::string(100'000, 'x');
    });
  });
  EXPECT_EQ(std::string(100'000, 'x'), askServer(path_, "hello", std::chrono::seconds(60)));
  server.join();
  EXPECT_EQ("hello", heard);
}

// Once the time for sending the answer began before the answer was there.
TEST_F(ControlSocketTest, AnAnswerThatTakesItsTimeArrives) {
  ControlSocket socket(path_);
  std::thread server([&] {
    socket.serveOne([&](std::string_view) {
      const auto late = std::chrono::steady_clock::now() + ControlSocket::kPatience + std::chrono::milliseconds(100);
      while (std::chrono::steady_clock::now() < late) std::this_thread::yield();
      return std::string("late");
    });
  });
  EXPECT_EQ("late", askServer(path_, "hello", std::chrono::seconds(30)));
  server.join();
}

TEST_F(ControlSocketTest, ItIsItsUsersAloneFromTheBeginningAndGoesWithTheObject) {
  {
    const ControlSocket socket(path_);
    struct stat status {};
    ASSERT_EQ(0, ::stat(path_.c_str(), &status));
    EXPECT_EQ(0600u, status.st_mode & 07777);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlSocketTest, WhatADeadServerLeftIsReplaced) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(0, ::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof address));
  ::close(left);
  EXPECT_EQ("", whyNot(path_));
}

TEST_F(ControlSocketTest, ALivingServerKeepsIt) {
  const ControlSocket socket(path_);
  EXPECT_NE(std::string::npos, whyNot(path_).find("another server answers there"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ControlSocketTest, NoFileIsRemoved) {
  std::ofstream(path_) << "precious";
  EXPECT_NE(std::string::npos, whyNot(path_).find("no socket"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ControlSocketTest, APathThatIsTooLongOrLeadsNowhereIsTold) {
  EXPECT_NE(std::string::npos, whyNot("/" + std::string(200, 'x')).find("at most 107 bytes"));
  EXPECT_NE(std::string::npos, whyNot((folder_.path() / "none" / "x").string()).find("folder must be there"));
}

TEST_F(ControlSocketTest, AClientThatSaysNothingOrGoesIsLetGo) {
  ControlSocket socket(path_);
  bool asked = false;
  std::thread server([&] {
    socket.serveOne([&](std::string_view) {
      asked = true;
      return std::string();
    });
  });
  {
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(0, ::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address));
    ::close(client);
  }
  server.join();
  EXPECT_FALSE(asked);
}

TEST_F(ControlSocketTest, NobodyThereIsTold) {
  try {
    askServer(path_, "hello", std::chrono::seconds(1));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string::npos, std::string(error.what()).find("is one running with this configuration?"));
  }
}

}  // namespace
}  // namespace kavro::server
