# shellcheck shell=bash disable=SC2154
# How a node is started, for `up` and for a node that joins later; sourced after common.sh. PATH has $BIN first.
# A process is noted with the moment it was born, so that `down` never stops another one that got its id later.
born() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }
start() { local name=$1; shift; setsid nohup "$@" >"$RUN/log/$name.log" 2>&1 </dev/null & echo "$! $name $(born $!)" >>"$RUN/pids"; }
certificate() { # NAME SUBJECT ALTERNATIVE_NAMES, in $RUN/pki
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth' "$3") 2>/dev/null
}
user() { # NAME SUBJECT: a certificate and a kubeconfig with it
  local file=$RUN/$1.conf; certificate "$1" "$2" "DNS:$1"
  { kubectl config --kubeconfig="$file" set-cluster real --server=https://$API:6443 --certificate-authority=ca.crt --embed-certs
    kubectl config --kubeconfig="$file" set-credentials "$1" --client-certificate="$1.crt" --client-key="$1.key" --embed-certs
    kubectl config --kubeconfig="$file" set-context real --cluster=real --user="$1"; kubectl config --kubeconfig="$file" use-context real; } >/dev/null
}
# A node. The real agent brings its own network and plugins. The stand-in has the reference plugins and a range of its own for each node's pods,
# and the nodes route to each other's ranges.
start_node() { # NUMBER
  local i=$1 node=node-$1 ip=10.88.$INSTANCE.$((10 + $1)) D=$RUN/node-$1 ns=hp$INSTANCE-node-$1 c addresses images
  local V; V=$(cat "$RUN/version")
  mkdir -p "$D"/{cni-bin,cni-conf,manifests,run,ssh,var-lib-cni,log-pods,log-containers,run-cilium,cgroup}
  (cd "$RUN/pki" && certificate "$node-server" "/CN=$node" "DNS:$node,IP:$ip" && user "$node" "/O=system:nodes/CN=system:node:$node")
  ip netns add "$ns"; ip link add "hpv${INSTANCE}x$i" type veth peer name eth0 netns "$ns"; ip link set "hpv${INSTANCE}x$i" master "hpbr$INSTANCE" up
  ip netns exec "$ns" sh -c "ip link set lo up; ip addr add $ip/24 dev eth0; ip link set eth0 up; ip route add default via $API; sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1"
  addresses=$ip
  if dual; then
    addresses=$ip,$SIX::$((10 + i))
    ip netns exec "$ns" sh -c "sysctl -qw net.ipv6.conf.all.forwarding=1; ip addr add $SIX::$((10 + i))/64 dev eth0 nodad; ip route add default via $SIX::1"
  fi
  if real "$V"; then images="$CACHE/images/base/*.tar $CACHE/images/$V/*.tar"
  else images="$CACHE/images/base/*.tar $CACHE/images/stand-in/*.tar"; stand_in_routes "$i"; fi
  # A cgroup root of its own in each tree: kubelets else kill each other's pods, and Cilium's socket programs attach to the whole machine.
  for c in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified; do mkdir -p "/sys/fs/cgroup/$c/$ns"; done
  cat /sys/fs/cgroup/cpuset/cpuset.cpus >"/sys/fs/cgroup/cpuset/$ns/cpuset.cpus"; cat /sys/fs/cgroup/cpuset/cpuset.mems >"/sys/fs/cgroup/cpuset/$ns/cpuset.mems"
  # An image server of a test's own on this machine, without TLS (test/e2e/support/image-server.ts).
  mkdir -p "$D/certs.d/10.88.$INSTANCE.1:5000"; echo "server = 'http://10.88.$INSTANCE.1:5000'" >"$D/certs.d/10.88.$INSTANCE.1:5000/hosts.toml"
  containerd_settings "$D" >"$D/containerd.toml"; kubelet_settings "$D" "$node" "$ip" >"$D/kubelet.yaml"
  ssh-keygen -q -t ed25519 -N '' -f "$D/ssh/host_key"; ssh-keygen -q -s "$RUN/ssh_ca" -h -I "$node" -n "$ip" "$D/ssh/host_key.pub"
  printf '%s\n' "Port 22" "ListenAddress $ip" "HostKey $D/ssh/host_key" "HostCertificate $D/ssh/host_key-cert.pub" "TrustedUserCAKeys $RUN/ssh_ca.pub" "AuthorizedKeysFile $RUN/ssh_key.pub" \
    "StrictModes no" "PasswordAuthentication no" "PermitRootLogin yes" "PidFile $D/ssh/sshd.pid" "Subsystem sftp /usr/lib/openssh/sftp-server" >"$D/ssh/sshd_config"
  echo "$ip $(cut -d' ' -f1,2 "$D/ssh/host_key.pub")" >>"$RUN/known_hosts"
  local runtime_flags=''
  [ "$KUBERNETES" = 1.36 ] || runtime_flags="--feature-gates=IPv6DualStack=$(dual && echo true || echo false) --container-runtime=remote --container-runtime-endpoint=unix://$D/run/containerd.sock"
  # First into the node's cgroups, then a cgroup namespace: its root is the node's subtree, where the agent mounts cgroup2.
  cat >"$D/join" <<T
#!/bin/bash
echo \$\$ >/sys/fs/cgroup/unified/$ns/cgroup.procs; echo \$\$ >/sys/fs/cgroup/memory/cgroup.procs
exec nsenter --net=/run/netns/$ns unshare --mount --pid --cgroup --fork --kill-child $D/enter
T
  cat >"$D/enter" <<T
#!/bin/bash
# The node's own view of the machine; this is its first process, and with it goes the whole node.
export PATH=$BIN:\$PATH
mkdir -p /etc/cni/net.d /opt/cni/bin /var/lib/cni /var/log/pods /var/log/containers /run/netns /run/sshd /run/cilium $D/proc-outside
mount --make-rprivate /
mount --bind $D/cni-bin /opt/cni/bin; mount --bind $D/cni-conf /etc/cni/net.d; mount --bind $D/var-lib-cni /var/lib/cni
mount --bind $D/log-pods /var/log/pods; mount --bind $D/log-containers /var/log/containers; mount --bind $D/run-cilium /run/cilium
# What this machine's own shell does at its start, and may hang in, is not for the nodes.
[ ! -e ~root/.bashrc ] || mount --bind /dev/null ~root/.bashrc
mount -t tmpfs tmpfs /run/netns; touch $D/xtables.lock /run/xtables.lock; mount --bind $D/xtables.lock /run/xtables.lock
[ ! -e $D/pod-cidr ] || mount --bind $D/pod-cidr /etc/stand-in-pod-cidr
# sysfs of this network namespace, with the cgroup trees put back over it; a BPF file system of the node's own.
mount --rbind /sys/fs/cgroup $D/cgroup; mount -t sysfs sysfs /sys; mount --rbind $D/cgroup /sys/fs/cgroup; umount -l $D/cgroup; mount -t bpf bpf /sys/fs/bpf
mount --bind /proc $D/proc-outside; mount -t proc proc /proc; mount --make-rshared /
note() { local line; read -r line <$D/proc-outside/self/stat; set -- "\$1" "\${line%% *}" \${line##*) }; echo "\$2 \$1 \${22}" >>$RUN/pids; }
/usr/sbin/sshd -f $D/ssh/sshd_config
(note $node-containerd; exec containerd -c $D/containerd.toml >$RUN/log/$node-containerd.log 2>&1) &
for _ in \$(seq 100); do ctr -a $D/run/containerd.sock version >/dev/null 2>&1 && break; sleep 0.1; done
for image in $images; do ctr -a $D/run/containerd.sock -n k8s.io images import "\$image" >/dev/null; done
(note $node-kubelet; exec kubelet --config=$D/kubelet.yaml --kubeconfig=$RUN/$node.conf --hostname-override=$node --node-ip=$addresses --root-dir=$D/kubelet --cert-dir=$D/kubelet-pki $runtime_flags) &
wait
T
  chmod +x "$D/enter" "$D/join"; start "$node-init" "$D/join"
}
stand_in_routes() { # NUMBER: of every node that is there to every other
  local i=$1 j other
  cp /usr/lib/cni/loopback "$RUN/node-$i/cni-bin/"; [ -e /etc/stand-in-pod-cidr ] || touch /etc/stand-in-pod-cidr
  { echo "198.18.$i.0/24"; ! dual || echo "fd00:18:$i::/64"; } >"$RUN/node-$i/pod-cidr"
  ip route replace "198.18.$i.0/24" via "10.88.$INSTANCE.$((10 + i))"
  if dual; then ip route replace "fd00:18:$i::/64" via "$SIX::$((10 + i))"; fi
  for other in "$RUN"/node-[0-9]*/; do
    j=$(basename "$other"); j=${j#node-}; [ "$i" != "$j" ] || continue
    route_between "$i" "$j"; route_between "$j" "$i"
  done
}
route_between() { # FROM TO
  ip netns exec "hp$INSTANCE-node-$1" ip route replace "198.18.$2.0/24" via "10.88.$INSTANCE.$((10 + $2))"
  if dual; then ip netns exec "hp$INSTANCE-node-$1" ip route replace "fd00:18:$2::/64" via "$SIX::$((10 + $2))"; fi
}
# restrict_oom_score_adj: some kernels refuse a negative value, and runc then dies without a word.
containerd_settings() { # FOLDER
  printf '%s\n' "version = $([ "$KUBERNETES" = 1.36 ] && echo 3 || echo 2)" "root = '$1/containerd'" "state = '$1/run/containerd'" '[grpc]' "  address = '$1/run/containerd.sock'"
  case $KUBERNETES in
    1.36) cat <<T
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "registry.test/pause:3.10"
[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = "$1/certs.d"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.grpc.v1.cri']
  stream_server_address = "127.0.0.1"
T
      ;;
    1.20) cat <<T
[plugins.'io.containerd.grpc.v1.cri']
  restrict_oom_score_adj = true
  sandbox_image = "registry.test/pause:3.10"
  stream_server_address = "127.0.0.1"
  [plugins.'io.containerd.grpc.v1.cri'.cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
T
      ;;
  esac
}
kubelet_settings() { # FOLDER NODE ADDRESS; failCgroupV1 is a key of this file alone, no flag
  cat <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $3
authentication: {x509: {clientCAFile: $RUN/pki/ca.crt}, anonymous: {enabled: false}, webhook: {enabled: true}}
authorization: {mode: Webhook}
tlsCertFile: $RUN/pki/$2-server.crt
tlsPrivateKeyFile: $RUN/pki/$2-server.key
cgroupDriver: cgroupfs
cgroupRoot: /hp$INSTANCE-$2
enforceNodeAllocatable: []
failSwapOn: false
syncFrequency: 5s
staticPodPath: $1/manifests
fileCheckFrequency: 2s
healthzBindAddress: 127.0.0.1
evictionHard: {memory.available: "50Mi", nodefs.available: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
T
  [ "$KUBERNETES" = 1.20 ] || printf '%s\n' "containerRuntimeEndpoint: unix://$1/run/containerd.sock" 'failCgroupV1: false' 'localStorageCapacityIsolation: false'
}
