#include <kavro/services/field_cipher.hpp>

#include <gtest/gtest.h>

#include "tests/sdk/fake_host.hpp"

namespace kavro {
namespace {

using kavro::testing::FakeHost;

TEST(FieldCipher, WithoutACipherTextStaysPlain) {
  const FakeHost fake;
  const FieldCipher cipher(fake.host(), "a field");
  const FieldCipher::Sealed sealed = cipher.seal("text");
  EXPECT_EQ(sealed.text, "text");
  EXPECT_FALSE(sealed.encrypted);
}

TEST(FieldCipher, SealsAndOpens) {
  const FakeHost fake("one");
  const FieldCipher cipher(fake.host(), "a field");
  const FieldCipher::Sealed sealed = cipher.seal("text");
  EXPECT_EQ(sealed.text, "one:text");
  EXPECT_TRUE(sealed.encrypted);
  EXPECT_EQ(cipher.open(sealed.text), "text");
  EXPECT_TRUE(fake.lines().empty());
}

TEST(FieldCipher, WhatNoKeyOpensIsNothingAndOneLineInTheLog) {
  const FakeHost fake("two");
  const FieldCipher cipher(fake.host(), "a field");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(cipher.open("one:text"), std::nullopt);
  ASSERT_EQ(fake.lines().size(), 1u);
  EXPECT_EQ(
      fake.lines()[0],
      "a field is stored encrypted and cannot be decrypted (1 since the last such line): none of the cipher's keys "
      "opens it; give [vault] the key it was encrypted with");
}

TEST(FieldCipher, WithoutACipherNothingOpensAndTheLogSaysWhatToDo) {
  const FakeHost fake;
  const FieldCipher cipher(fake.host(), "a field");
  EXPECT_EQ(cipher.open("one:text"), std::nullopt);
  ASSERT_EQ(fake.lines().size(), 1u);
  EXPECT_NE(fake.lines()[0].find("switch vault on"), std::string::npos) << fake.lines()[0];
}

}  // namespace
}  // namespace kavro
