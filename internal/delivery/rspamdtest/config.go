package rspamdtest

// rules loads what the modules need of Rspamd's rules, and none of the rules.
const rules = `require "global_functions" ()
config['regexp'] = {}
rspamd_maps = {}
`

// suffixes stands for the public suffix list, which takes Rspamd seconds to compile.
const suffixes = "com\nexample\njp\nco.jp\n"

// config judges SPF, DKIM and DMARC and asks one name server. Words in braces are
// filled in.
const config = `lua = "{dir}/rules.lua";
options {
  tempdir = "{dir}/data";
  filters = "dkim";
  url_tld = "{dir}/suffixes";
  hs_cache_dir = "{dir}/data";
  cache_file = "{dir}/data/symbols.cache";
  control_socket = "{dir}/data/control.sock mode=0600";
  allow_raw_input = true;
  task_timeout = 30s;
  dns { timeout = 5s; retransmits = 3; sockets = 1; nameserver = ["{dns}"]; }
}
logging { type = "console"; level = "info"; color = false; }
worker "normal" { bind_socket = "{addr}"; count = 1; mime = true; task_timeout = 30s; }
modules { path = "{share}/plugins/spf.lua"; path = "{share}/plugins/dmarc.lua"; }
lang_detection { languages = "{dir}/data"; }
spf { spf_cache_size = 2k; }
dkim { dkim_cache_size = 2k; trusted_only = false; skip_multi = false; }
dmarc { }
actions { reject = 1000; }
`
