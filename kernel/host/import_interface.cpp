// "kavro.import/1": checks what a plugin registers; kernel/import/ is who reads it.
#include <algorithm>

#include <kavro/text.hpp>

#include "kernel/host/interfaces.hpp"
#include "kernel/host/plugin_host.hpp"

namespace kavro::host {

namespace {

constexpr std::size_t kColumnsMax = 64;

// The kernel writes the name into SQL of its own.
bool isIdentifier(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return std::all_of(name.begin(), name.end(), allowed) && !(name[0] >= '0' && name[0] <= '9');
}

kavro_status addTable(const kavro_host* host, const kavro_import_table* table) {
  PluginHost& plugin = PluginHost::of(host);
  if (!plugin.composing() || !table || !KAVRO_HAS(table, import_row) || !table->import_row) return KAVRO_INVALID;
  Registrations::Import taken;
  taken.source_table = fromAbi(table->source_table);
  taken.target_table = fromAbi(table->target_table);
  taken.owner = (table->flags & KAVRO_IMPORT_OWNER) != 0;
  taken.user = table->user;
  taken.import_row = table->import_row;
  if (taken.source_table.empty() || table->column_count < 1 || table->column_count > kColumnsMax) return KAVRO_INVALID;
  if (!taken.target_table.empty() && !isIdentifier(taken.target_table)) return KAVRO_INVALID;
  for (std::size_t i = 0; i < table->column_count; ++i) {
    const std::string_view column = fromAbi(table->columns[i]);
    if (column.empty() || column == "?" || (i == 0 && column.ends_with('?'))) return KAVRO_INVALID;
    taken.columns.emplace_back(column);
  }
  auto& imports = plugin.registrations().imports;
  const auto same = [&](const Registrations::Import& other) { return other.source_table == taken.source_table; };
  if (std::any_of(imports.begin(), imports.end(), same)) return KAVRO_CONFLICT;
  imports.push_back(std::move(taken));
  return KAVRO_OK;
}

constexpr kavro_import_v1 kImport = {sizeof(kavro_import_v1), addTable};

}  // namespace

const kavro_import_v1& importInterface() { return kImport; }

}  // namespace kavro::host
