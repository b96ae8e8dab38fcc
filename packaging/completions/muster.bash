# bash completion for muster; made by scripts/update-docs
_muster() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command:$word" in
      ':upload') command='upload' ;;
      ':download') command='download' ;;
      ':run') command='run' ;;
      ':beacons') command='beacons' ;;
      ':status') command='status' ;;
      ':policy') command='policy' ;;
      ':update') command='update' ;;
      ':doctor') command='doctor' ;;
      ':adopt') command='adopt' ;;
      ':rollout') command='rollout' ;;
      ':renew') command='renew' ;;
      'renew:request') command='renew request' ;;
      'renew:run') command='renew run' ;;
      'renew:install') command='renew install' ;;
      ':collect') command='collect' ;;
      ':config') command='config' ;;
      'config:list') command='config list' ;;
      'config:check') command='config check' ;;
      'config:get') command='config get' ;;
      'config:set') command='config set' ;;
      'config:unset') command='config unset' ;;
      'config:merge') command='config merge' ;;
      ':cert') command='cert' ;;
      'cert:show') command='cert show' ;;
      'cert:check') command='cert check' ;;
      'cert:import') command='cert import' ;;
      'cert:install') command='cert install' ;;
      'cert:export-unix') command='cert export-unix' ;;
      'cert:request') command='cert request' ;;
    esac
  done

  case "$previous" in
    --config) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    -o) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    --key-password-fd) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    --type) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    -O) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --for) mapfile -t COMPREPLY < <(compgen -W 'upload download' -- "$current"); return ;;
    --from) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'glpi cyclonedx' -- "$current"); return ;;
    --only) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    --skip) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    --root) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --password-file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --password-fd) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    --subject) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
    --dns) mapfile -t COMPREPLY < <(compgen -W '' -- "$current"); return ;;
  esac

  local words='' files=''
  case "$command" in
    '') words='upload download run beacons status policy update doctor adopt rollout renew collect config cert --version --config -o --json --key-password-fd -v -q --help' ;;
    'upload') words=' --type --remove --version --config -o --json --key-password-fd -v -q --help' files=-f ;;
    'download') words=' -O --version --config -o --json --key-password-fd -v -q --help' ;;
    'run') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'beacons') words=' --for --fresh --version --config -o --json --key-password-fd -v -q --help' ;;
    'status') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'policy') words=' --dry-run --version --config -o --json --key-password-fd -v -q --help' ;;
    'update') words=' --install --version --config -o --json --key-password-fd -v -q --help' ;;
    'doctor') words=' --probe-upload --version --config -o --json --key-password-fd -v -q --help' ;;
    'adopt') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'rollout') words=' --from --version --config -o --json --key-password-fd -v -q --help' ;;
    'renew') words='request run install --version --config -o --json --key-password-fd -v -q --help' ;;
    'renew request') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'renew run') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'renew install') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'collect') words=' -O --format --only --skip --root --discovery --upload --spool --version --config -o --json --key-password-fd -v -q --help' ;;
    'config') words='list check get set unset merge --version --config -o --json --key-password-fd -v -q --help' ;;
    'config list') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'config check') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'config get') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'config set') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'config unset') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'config merge') words=' --version --config -o --json --key-password-fd -v -q --help' files=-f ;;
    'cert') words='show check import install export-unix request --version --config -o --json --key-password-fd -v -q --help' ;;
    'cert show') words=' --all --version --config -o --json --key-password-fd -v -q --help' ;;
    'cert check') words=' --version --config -o --json --key-password-fd -v -q --help' ;;
    'cert import') words=' --leaf-only --password-file --password-fd --version --config -o --json --key-password-fd -v -q --help' files=-f ;;
    'cert install') words=' --leaf-only --password-file --password-fd --version --config -o --json --key-password-fd -v -q --help' files=-f ;;
    'cert export-unix') words=' -O --leaf-only --password-file --password-fd --version --config -o --json --key-password-fd -v -q --help' files=-f ;;
    'cert request') words=' -O --subject --dns --rsa --version --config -o --json --key-password-fd -v -q --help' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" $files -- "$current")
}
complete -F _muster muster
