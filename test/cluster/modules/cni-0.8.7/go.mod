module hostport.test/real/cni-0.8.7

go 1.26.0

tool github.com/containernetworking/plugins/plugins/meta/portmap

require (
	github.com/containernetworking/cni v0.8.0 // indirect
	github.com/containernetworking/plugins v0.8.7 // indirect
	github.com/coreos/go-iptables v0.4.5 // indirect
	github.com/mattn/go-shellwords v1.0.3 // indirect
	github.com/vishvananda/netlink v0.0.0-20181108222139-023a6dafdcdf // indirect
	github.com/vishvananda/netns v0.0.0-20180720170159-13995c7128cc // indirect
	golang.org/x/sys v0.0.0-20190616124812-15dcb6c0061f // indirect
)
