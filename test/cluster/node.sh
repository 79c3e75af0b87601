# shellcheck shell=bash disable=SC2154
# How a node of the cluster is started, for `up` and `add-node`; sourced after common.sh, never run.

# A process is noted with the moment it was born, so that `down` never stops another one that got its id later.
born() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }
start() { local name=$1; shift; setsid nohup "$@" >"$RUN/log/$name.log" 2>&1 </dev/null & echo "$! $name $(born $!)" >>"$RUN/pids"; }

# --- certificates: every user of the API server has one, and a kubeconfig with it; to be called in $RUN/pki
certificate() { # NAME SUBJECT ALTERNATIVE_NAMES
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth' "$3") 2>/dev/null
}
user() { # NAME SUBJECT
  local file=$RUN/$1.conf
  certificate "$1" "$2" "DNS:$1"
  {
    kubectl config --kubeconfig="$file" set-cluster hostport-test --server=https://10.88.0.1:6443 --certificate-authority=ca.crt --embed-certs
    kubectl config --kubeconfig="$file" set-credentials "$1" --client-certificate="$1.crt" --client-key="$1.key" --embed-certs
    kubectl config --kubeconfig="$file" set-context hostport-test --cluster=hostport-test --user="$1"
    kubectl config --kubeconfig="$file" use-context hostport-test
  } >/dev/null
}

# --- a node; N is the number of nodes there are
start_node() { # NUMBER
  local i=$1 node=node-$1 ip=10.88.0.$((10 + $1)) D=$RUN/node-$1 c j
  mkdir -p "$D"/{cni-bin,cni-conf,manifests,run,ssh,var-lib-cni,log-pods,log-containers}
  (cd pki && certificate "$node-server" "/CN=$node" "DNS:$node,IP:$ip" && user "$node" "/O=system:nodes/CN=system:node:$node")
  # its network, and the way to the other nodes' pods
  ip netns add "hp-$node"; ip link add "hpv$i" type veth peer name eth0 netns "hp-$node"; ip link set "hpv$i" master hpbr0 up
  ip netns exec "hp-$node" sh -c "ip link set lo up; ip addr add $ip/24 dev eth0; ip link set eth0 up; ip route add default via 10.88.0.1; sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1"
  for j in $(seq "$N"); do [ "$i" = "$j" ] || ip netns exec "hp-$node" ip route add "198.18.$j.0/24" via "10.88.0.$((10 + j))"; done
  ip route add "198.18.$i.0/24" via "$ip"
  cp /usr/lib/cni/loopback "$D/cni-bin/"; echo "198.18.$i.0/24" >"$D/pod-cidr"
  local addresses=$ip gates=IPv6DualStack=false
  if dual; then
    addresses=$ip,fd00:88::$((10 + i)) gates=IPv6DualStack=true
    ip netns exec "hp-$node" sh -c "sysctl -qw net.ipv6.conf.all.forwarding=1; ip addr add fd00:88::$((10 + i))/64 dev eth0 nodad; ip route add default via fd00:88::1"
    for j in $(seq "$N"); do [ "$i" = "$j" ] || ip netns exec "hp-$node" ip route add "fd00:18:$j::/64" via "fd00:88::$((10 + j))"; done
    ip route add "fd00:18:$i::/64" via "fd00:88::$((10 + i))"; echo "fd00:18:$i::/64" >>"$D/pod-cidr"
  fi
  # Each kubelet needs a cgroup root of its own, else one kills the other's pods.
  for c in cpu cpuacct cpuset memory devices freezer blkio pids systemd; do mkdir -p "/sys/fs/cgroup/$c/hp-$node"; done
  cat /sys/fs/cgroup/cpuset/cpuset.cpus >"/sys/fs/cgroup/cpuset/hp-$node/cpuset.cpus"; cat /sys/fs/cgroup/cpuset/cpuset.mems >"/sys/fs/cgroup/cpuset/hp-$node/cpuset.mems"
  # restrict_oom_score_adj: some kernels refuse a negative value, and runc then dies without a word.
  cat >"$D/containerd.toml" <<T
version = 2
root = "$D/containerd"
state = "$D/run/containerd"
[grpc]
  address = "$D/run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "registry.test/pause:3.6"
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
T
  # syncFrequency: now and then this kubelet notices that a pod is gone only at its next look, a minute later by default.
  cat >"$D/kubelet.yaml" <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $ip
authentication: {x509: {clientCAFile: $RUN/pki/ca.crt}, anonymous: {enabled: false}, webhook: {enabled: true}}
authorization: {mode: Webhook}
tlsCertFile: $RUN/pki/$node-server.crt
tlsPrivateKeyFile: $RUN/pki/$node-server.key
cgroupDriver: cgroupfs
cgroupRoot: /hp-$node
enforceNodeAllocatable: []
failSwapOn: false
syncFrequency: 5s
staticPodPath: $D/manifests
fileCheckFrequency: 2s
healthzBindAddress: 127.0.0.1
evictionHard: {memory.available: "50Mi", nodefs.available: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
T
  ssh-keygen -q -t ed25519 -N '' -f "$D/ssh/host_key"
  ssh-keygen -q -s "$RUN/ssh_ca" -h -I "$node" -n "$ip" "$D/ssh/host_key.pub"
  cat >"$D/ssh/sshd_config" <<T
Port 22
ListenAddress $ip
HostKey $D/ssh/host_key
HostCertificate $D/ssh/host_key-cert.pub
TrustedUserCAKeys $RUN/ssh_ca.pub
AuthorizedKeysFile $RUN/ssh_key.pub
StrictModes no
PasswordAuthentication no
PermitRootLogin yes
PidFile $D/ssh/sshd.pid
Subsystem sftp /usr/lib/openssh/sftp-server
T
  echo "$ip $(cut -d' ' -f1,2 "$D/ssh/host_key.pub")" >>"$RUN/known_hosts"
  cat >"$D/enter" <<T
#!/bin/bash
# The node's own view of the machine: its processes (this is its first), its CNI folders, its pod address range, its runtime
# state, and its pods' logs (each kubelet clears away what in /var/log/pods is none of its own).
mkdir -p /etc/cni/net.d /opt/cni/bin /var/lib/cni /var/log/pods /var/log/containers /run/netns /run/sshd $D/proc-outside
mount --make-rprivate /
mount --bind $D/cni-bin /opt/cni/bin; mount --bind $D/cni-conf /etc/cni/net.d; mount --bind $D/var-lib-cni /var/lib/cni
mount --bind $D/log-pods /var/log/pods; mount --bind $D/log-containers /var/log/containers
mount -t tmpfs tmpfs /run/netns
mount --bind $D/pod-cidr /etc/stand-in-pod-cidr
mount --bind /proc $D/proc-outside; mount -t proc proc /proc; mount --make-rshared /
# Notes this process by the id that it has outside.
note() { local line; read -r line <$D/proc-outside/self/stat; set -- "\$1" "\${line%% *}" \${line##*) }; echo "\$2 \$1 \${22}" >>$RUN/pids; }
/usr/sbin/sshd -f $D/ssh/sshd_config
(note $node-containerd; exec containerd -c $D/containerd.toml >$RUN/log/$node-containerd.log 2>&1) &
for _ in \$(seq 100); do ctr -a $D/run/containerd.sock version >/dev/null 2>&1 && break; sleep 0.1; done
for image in $IMAGES/*.tar; do ctr -a $D/run/containerd.sock -n k8s.io images import "\$image" >/dev/null; done
(note $node-kubelet; exec $BIN/kubelet --config=$D/kubelet.yaml --kubeconfig=$RUN/$node.conf --hostname-override=$node --node-ip=$addresses --feature-gates=$gates --container-runtime=remote \\
  --container-runtime-endpoint=unix://$D/run/containerd.sock --root-dir=$D/kubelet --cert-dir=$D/kubelet-pki) &
# It goes on as the one who buries those whose parents are gone; with it goes the whole node.
wait
T
  chmod +x "$D/enter"
  # nsenter and not `ip netns exec`, which hides the cgroups.
  start "$node-init" nsenter --net="/run/netns/hp-$node" unshare --mount --pid --fork --kill-child "$D/enter"
}
