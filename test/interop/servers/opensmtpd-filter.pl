# What OpenSMTPD asks about each mail, see smtpd-filters(7): puts off the busy user and refuses a mail by its header.
use strict;
use warnings;

my ($busy_user, $header, $refused) = @ARGV;
my %is_refused;
$| = 1;

while (<STDIN>) {
  chomp;
  if ($_ eq "config|ready") {
    print "register|filter|smtp-in|$_\n" for "rcpt-to", "data-line", "commit";
    print "register|ready\n";
    next;
  }
  my ($kind, $version, $time, $side, $phase, $session, $token, $rest) = split /\|/, $_, 8;
  next if $kind ne "filter";
  if ($phase eq "data-line") {
    $is_refused{$session} = 1 if $rest eq "$header: $refused";
    print "filter-dataline|$session|$token|$rest\n";
    next;
  }
  my $answer = "proceed";
  $answer = "reject|451 4.2.1 mailbox busy" if $phase eq "rcpt-to" && $rest =~ /^<?\Q$busy_user\E@/;
  $answer = "reject|550 5.7.1 refused by policy" if $phase eq "commit" && delete $is_refused{$session};
  print "filter-result|$session|$token|$answer\n";
}
