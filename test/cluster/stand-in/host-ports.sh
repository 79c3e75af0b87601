#!/bin/bash
# What the version played makes of the hostPorts of this node's pods, in its own words: host-ports service-text|service-json|bpf-text|bpf-json.
# The shapes are those of the recordings in test/evidence/recordings: no protocol before 1.17, 0.0.0.0 beside the node's address in the list of
# services up to 1.17 and alone from 1.18, both in the list of the datapath. There is no datapath: an entry carries no packet.
minor=${STAND_IN_VERSION#1.}; minor=${minor%%.*}
own=/var/run/secrets/kubernetes.io/serviceaccount
pods() {
  [ "$(cat /tmp/hostport 2>/dev/null)" = Enabled ] || return 0
  printf 'GET /api/v1/pods?fieldSelector=spec.nodeName=%s HTTP/1.0\r\nAccept: application/json\r\nAuthorization: Bearer %s\r\n\r\n' "$STAND_IN_NODE" "$(cat $own/token)" |
    timeout 5 openssl s_client -quiet -verify_return_error -CAfile $own/ca.crt -connect "$STAND_IN_API" 2>/dev/null
}
pods | awk -v minor="$minor" -v form="$1" -v node="$STAND_IN_ADDRESS" -v api="${STAND_IN_API%:*}" '
  function text(key, from,   part) { part = from; if (!sub(".*\"" key "\":\"", "", part)) return ""; sub("\".*", "", part); return part }
  function number(key, from,   part) { part = from; if (!sub(".*\"" key "\":", "", part)) return ""; return part + 0 }
  function frontend(ip, port, protocol) { return ip ":" port (minor < 17 ? "" : "/" protocol) }
  function add(ip, listed, flags,   key) {
    key = frontend(ip, port, protocol)
    # Without the protocol in an entry the second pod of one number has none.
    if (key in seen) return
    seen[key] = 1; id++
    from[id] = key; to[id] = frontend(pod, target, protocol); flag[id] = flags; shown[id] = listed; type[id] = "HostPort"
    address[id] = ip; hostport[id] = port; backend[id] = pod; backport[id] = target; kind[id] = protocol; space[id] = namespace
    name[id] = minor < 17 ? podname "/pod-id/" uid "/host-port/" port : podname ":host-port:" port ":" uid
  }
  BEGIN {
    RS = "\001"; id = 1; port = 443; protocol = "TCP"
    from[1] = frontend("10.96.0.1", 443, "TCP"); to[1] = frontend(api, 6443, "TCP"); flag[1] = "ClusterIP, non-routable"; shown[1] = 1; type[1] = "ClusterIP"
    address[1] = "10.96.0.1"; hostport[1] = 443; backend[1] = api; backport[1] = 6443; kind[1] = "TCP"; space[1] = "default"; name[1] = "kubernetes"
  }
  {
    items = split($0, item, /\{"metadata":\{"name":"/)
    for (i = 2; i <= items; i++) {
      if (item[i] ~ /"hostNetwork":true/ || item[i] !~ /"phase":"Running"/) continue
      podname = item[i]; sub("\".*", "", podname)
      head = item[i]; sub("\"managedFields\".*|\"spec\":.*", "", head); uid = text("uid", head); namespace = text("namespace", head); pod = text("podIP", item[i])
      sub("\"status\":\\{\"observedGeneration\".*|\"status\":\\{\"phase\".*", "", item[i])
      while (match(item[i], /\{[^{}]*"hostPort":[0-9]+[^{}]*\}/)) {
        entry = substr(item[i], RSTART, RLENGTH); item[i] = substr(item[i], RSTART + RLENGTH)
        port = number("hostPort", entry); target = number("containerPort", entry); protocol = text("protocol", entry); host = text("hostIP", entry)
        # Numbers of the NodePort range are left to Services.
        if (port >= 30000 && port <= 32767) continue
        if (host == "" || host == "0.0.0.0") { add("0.0.0.0", 1, "HostPort, non-routable"); add(node, minor < 18, "HostPort") }
        else if (host ~ /^127\./) add("0.0.0.0", 1, "HostPort, non-routable, loopback")
        else add(host, 1, "HostPort")
      }
    }
  }
  END {
    if (form == "service-text") printf "ID   Frontend            Service Type   Backend\n"
    if (form == "bpf-text") printf "SERVICE ADDRESS       BACKEND ADDRESS (REVNAT_ID) (SLOT)\n"
    if (form ~ /json$/) printf form == "bpf-json" ? "{" : "["
    for (i = 1; i <= id; i++) {
      if (form == "service-text" && shown[i]) printf "%-4d %-19s %-14s 1 => %s (active)\n", i, from[i], type[i], to[i]
      if (form == "bpf-text") { printf "%-21s 0.0.0.0:0 (%d) (0) [%s]\n", from[i] " (0)", i, flag[i]; printf "%-21s %s (%d) (1)\n", from[i] " (1)", to[i], i }
      if (form == "bpf-json") printf "%s\"%s (0)\":[\"0.0.0.0:0 (%d) (0) [%s] \"],\"%s (1)\":[\"%s (%d) (1)\"]", (i > 1 ? "," : ""), from[i], i, flag[i], from[i], to[i], i
      if (form == "service-json" && shown[i]) {
        protocol = minor < 17 ? "" : "\"protocol\":\"" kind[i] "\","
        spec = "\"backend-addresses\":[{\"ip\":\"" backend[i] "\",\"port\":" backport[i] "," protocol "\"state\":\"active\",\"weight\":100}],\"flags\":{\"name\":\"" name[i] "\",\"namespace\":\"" space[i] "\",\"type\":\"" type[i] "\"},\"frontend-address\":{\"ip\":\"" address[i] "\",\"port\":" hostport[i] "," protocol "\"scope\":\"external\"},\"id\":" i
        printf "%s{\"spec\":{%s},\"status\":{\"realized\":{%s}}}", (i > 1 ? "," : ""), spec, spec
      }
    }
    if (form ~ /json$/) printf form == "bpf-json" ? "}\n" : "]\n"
  }'
