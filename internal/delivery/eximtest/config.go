package eximtest

// config makes a server that takes mail for some domains into one Maildir, with the
// extensions that Exim leaves to its owner: STARTTLS, SMTPUTF8 and CHUNKING. Words in
// braces are filled in.
const config = `primary_hostname = {host}
exim_path = {program}
spool_directory = {dir}/spool
log_file_path = {dir}/log/%slog
pid_file_path = {dir}/spool/pid
domainlist our_domains = {domains}
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
tls_advertise_hosts = *
tls_certificate = {dir}/etc/cert.pem
tls_privatekey = {dir}/etc/key.pem
smtputf8_advertise_hosts = *
chunking_advertise_hosts = *
message_size_limit = 1M
smtp_accept_max = 0
dkim_verify_signers =
never_users =

begin acl
rcpt:
  deny domains = !+our_domains
       message = relay not permitted
  require verify = recipient
  accept

begin routers
gone:
  driver = redirect
  local_parts = ^unknown
  allow_fail
  data = :fail: Unknown user
people:
  driver = accept
  domains = +our_domains
  local_parts = !^nowhere
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = {dir}/mail
  maildir_format
  create_directory
  return_path_add
  envelope_to_add
  user = {user}

begin retry
* * F,1m,1m
`
