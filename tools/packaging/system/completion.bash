# bash completion for kavro(1)

# The configuration on the command line so far, or that of the service.
_kavro_file() {
  local i
  for ((i = 1; i < ${#COMP_WORDS[@]} - 1; ++i)); do
    case ${COMP_WORDS[i]} in
      -c | --config) echo "${COMP_WORDS[i + 1]/#\~/$HOME}"; return ;;
    esac
  done
  echo /etc/kavro/kavro.ini
}

# The names of the plugins that are there: the first column, below the heading.
_kavro_plugins() {
  "${COMP_WORDS[0]}" plugins -c "$(_kavro_file)" 2>/dev/null | awk 'NR > 1 && $1 ~ /^[a-z][a-z0-9-]*$/ { print $1 }'
}

# section.key= of every setting, as check prints them.
_kavro_settings() {
  "${COMP_WORDS[0]}" check --print ini -c "$(_kavro_file)" 2>/dev/null | awk '
    /^\[/ { section = substr($0, 2, length($0) - 2) }
    /^;? ?[A-Za-z0-9_.-]+ =/ { sub(/^; ?/, ""); print section "." $1 "=" }'
}

# The plugins that have commands, and the commands of one: from the end of --help.
_kavro_plugin_commands() {
  "${COMP_WORDS[0]}" --help 2>/dev/null | awk -v plugin="$1" '
    /^Of the plugins that are there/ { inside = 1; next }
    inside && plugin == "" { print $1 }
    inside && plugin != "" && $1 == plugin { print $2 }'
}

_kavro_reply() {
  COMPREPLY=()
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@")
}

_kavro() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' places=0 i
  case $previous in
    -c | --config | --from-file | --report | --socket)
      compopt -o filenames 2>/dev/null
      _kavro_reply -f -- "$current"
      return ;;
    --print) _kavro_reply -W 'ini xml' -- "$current"; return ;;
    --set)
      compopt -o nospace 2>/dev/null
      _kavro_reply -W "$(_kavro_settings)" -- "$current"
      return ;;
    --from | --batch) return ;;
  esac

  # The command, and how many words after it stand before the cursor.
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      -c | --config | --set | --from | --from-file | --report | --batch | --print | --socket) ((++i)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((++places)); fi ;;
    esac
  done

  if [[ $current == -* ]]; then
    local options='-c --config --set --help'
    case $command in
      check) options+=' --probe --print' ;;
      routes) options+=' --json' ;;
      plan | reload | status | log) options+=' --socket --json' ;;
      import) options+=' --from --from-file --dry-run --recheck --report --batch' ;;
    esac
    _kavro_reply -W "$options" -- "$current"
  elif [[ -z $command ]]; then
    _kavro_reply -W "run check plugins routes schema plan reload status log import version help $(_kavro_plugin_commands)" \
      -- "$current"
  elif [[ $command == log ]] && ((places == 0)); then
    _kavro_reply -W "kernel http $(_kavro_plugins)" -- "$current"
  elif [[ $command == log ]] && ((places == 1)); then
    _kavro_reply -W 'error warning information debug default' -- "$current"
  elif [[ " run check plugins routes schema plan reload status log import version help " == *" $command "* ]]; then
    COMPREPLY=()
  elif ((places == 0)); then
    _kavro_reply -W "$(_kavro_plugin_commands "$command")" -- "$current"
  else
    compopt -o filenames 2>/dev/null
    _kavro_reply -f -- "$current"
  fi
}

complete -F _kavro kavro
