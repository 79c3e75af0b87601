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
  { kubectl config --kubeconfig="$file" set-cluster real --server=https://10.88.$CLUSTER_INSTANCE.1:6443 --certificate-authority=ca.crt --embed-certs
    kubectl config --kubeconfig="$file" set-credentials "$1" --client-certificate="$1.crt" --client-key="$1.key" --embed-certs
    kubectl config --kubeconfig="$file" set-context real --cluster=real --user="$1"; kubectl config --kubeconfig="$file" use-context real; } >/dev/null
}
start_node() { # NUMBER
  local i=$1 node=node-$1 ip=10.88.$CLUSTER_INSTANCE.$((10 + $1)) D=$RUN/node-$1 c six=
  mkdir -p "$D"/{cni-bin,cni-conf,manifests,run,ssh,var-lib-cni,log-pods,log-containers,run-cilium,cgroup}
  (cd "$RUN/pki" && certificate "$node-server" "/CN=$node" "DNS:$node,IP:$ip" && user "$node" "/O=system:nodes/CN=system:node:$node")
  ip netns add "hp$CLUSTER_INSTANCE-$node"; ip link add "hpv${CLUSTER_INSTANCE}x$i" type veth peer name eth0 netns "hp$CLUSTER_INSTANCE-$node"; ip link set "hpv${CLUSTER_INSTANCE}x$i" master hpbr$CLUSTER_INSTANCE up
  ip netns exec "hp$CLUSTER_INSTANCE-$node" sh -c "ip link set lo up; ip addr add $ip/24 dev eth0; ip link set eth0 up; ip route add default via 10.88.$CLUSTER_INSTANCE.1; sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1"
  if dual; then
    six=$SIX::$((10 + i)); ip netns exec "hp$CLUSTER_INSTANCE-$node" sh -c "sysctl -qw net.ipv6.conf.all.forwarding=1; ip addr add $six/64 dev eth0 nodad; ip route add default via $SIX::1"
  fi
  # A cgroup root of its own in each tree: kubelets else kill each other's pods, and Cilium's socket programs attach to the whole machine.
  for c in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified; do mkdir -p "/sys/fs/cgroup/$c/hp$CLUSTER_INSTANCE-$node"; done
  cat /sys/fs/cgroup/cpuset/cpuset.cpus >"/sys/fs/cgroup/cpuset/hp$CLUSTER_INSTANCE-$node/cpuset.cpus"; cat /sys/fs/cgroup/cpuset/cpuset.mems >"/sys/fs/cgroup/cpuset/hp$CLUSTER_INSTANCE-$node/cpuset.mems"
  # restrict_oom_score_adj: some kernels refuse a negative value, and runc then dies without a word.
  cat >"$D/containerd.toml" <<T
version = 3
root = "$D/containerd"
state = "$D/run/containerd"
[grpc]
  address = "$D/run/containerd.sock"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "registry.test/pause:3.10"
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
  # failCgroupV1 is a key of this file alone, no flag.
  cat >"$D/kubelet.yaml" <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $ip
authentication: {x509: {clientCAFile: $RUN/pki/ca.crt}, anonymous: {enabled: false}, webhook: {enabled: true}}
authorization: {mode: Webhook}
tlsCertFile: $RUN/pki/$node-server.crt
tlsPrivateKeyFile: $RUN/pki/$node-server.key
containerRuntimeEndpoint: unix://$D/run/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /hp$CLUSTER_INSTANCE-$node
failCgroupV1: false
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
failSwapOn: false
syncFrequency: 5s
staticPodPath: $D/manifests
fileCheckFrequency: 2s
healthzBindAddress: 127.0.0.1
evictionHard: {memory.available: "50Mi", nodefs.available: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
T
  ssh-keygen -q -t ed25519 -N '' -f "$D/ssh/host_key"; ssh-keygen -q -s "$RUN/ssh_ca" -h -I "$node" -n "$ip" "$D/ssh/host_key.pub"
  printf '%s\n' "Port 22" "ListenAddress $ip" "HostKey $D/ssh/host_key" "HostCertificate $D/ssh/host_key-cert.pub" "TrustedUserCAKeys $RUN/ssh_ca.pub" "AuthorizedKeysFile $RUN/ssh_key.pub" \
    "StrictModes no" "PasswordAuthentication no" "PermitRootLogin yes" "PidFile $D/ssh/sshd.pid" "Subsystem sftp /usr/lib/openssh/sftp-server" >"$D/ssh/sshd_config"
  echo "$ip $(cut -d' ' -f1,2 "$D/ssh/host_key.pub")" >>"$RUN/known_hosts"
  # First into the node's cgroups, then a cgroup namespace: its root is the node's subtree, where the agent mounts cgroup2.
  cat >"$D/join" <<T
#!/bin/bash
echo \$\$ >/sys/fs/cgroup/unified/hp$CLUSTER_INSTANCE-$node/cgroup.procs; echo \$\$ >/sys/fs/cgroup/memory/cgroup.procs
exec nsenter --net=/run/netns/hp$CLUSTER_INSTANCE-$node unshare --mount --pid --cgroup --fork --kill-child $D/enter
T
  cat >"$D/enter" <<T
#!/bin/bash
# The node's own view of the machine; this is its first process, and with it goes the whole node.
mkdir -p /etc/cni/net.d /opt/cni/bin /var/lib/cni /var/log/pods /var/log/containers /run/netns /run/sshd /run/cilium $D/proc-outside
mount --make-rprivate /
mount --bind $D/cni-bin /opt/cni/bin; mount --bind $D/cni-conf /etc/cni/net.d; mount --bind $D/var-lib-cni /var/lib/cni
mount --bind $D/log-pods /var/log/pods; mount --bind $D/log-containers /var/log/containers; mount --bind $D/run-cilium /run/cilium
mount -t tmpfs tmpfs /run/netns; touch $D/xtables.lock /run/xtables.lock; mount --bind $D/xtables.lock /run/xtables.lock
# sysfs of this network namespace, with the cgroup trees put back over it; a BPF file system of the node's own.
mount --rbind /sys/fs/cgroup $D/cgroup; mount -t sysfs sysfs /sys; mount --rbind $D/cgroup /sys/fs/cgroup; umount -l $D/cgroup; mount -t bpf bpf /sys/fs/bpf
mount --bind /proc $D/proc-outside; mount -t proc proc /proc; mount --make-rshared /
note() { local line; read -r line <$D/proc-outside/self/stat; set -- "\$1" "\${line%% *}" \${line##*) }; echo "\$2 \$1 \${22}" >>$RUN/pids; }
/usr/sbin/sshd -f $D/ssh/sshd_config
(note $node-containerd; exec $BIN/containerd -c $D/containerd.toml >$RUN/log/$node-containerd.log 2>&1) &
for _ in \$(seq 100); do ctr -a $D/run/containerd.sock version >/dev/null 2>&1 && break; sleep 0.1; done
for image in $CACHE/images/base/*.tar $CACHE/images/$V/*.tar; do ctr -a $D/run/containerd.sock -n k8s.io images import "\$image" >/dev/null; done
(note $node-kubelet; exec $BIN/kubelet --config=$D/kubelet.yaml --kubeconfig=$RUN/$node.conf --hostname-override=$node --node-ip=$ip${six:+,$six} --root-dir=$D/kubelet --cert-dir=$D/kubelet-pki) &
wait
T
  chmod +x "$D/enter" "$D/join"; start "$node-init" "$D/join"
}
