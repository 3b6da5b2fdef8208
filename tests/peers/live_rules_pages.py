"""What other exporters say when things go wrong, where no cluster and no such server is at hand: names and labels are those they document.

A line is `series value` or `series value +growth per second`. kube-state-metrics, the kubelet with cAdvisor, and servers that count requests.
"""

POD = 'namespace="shop",pod="cart-0",uid="0b6e"'
BOX = POD + ',container="cart"'
ADVISED = 'container="cart",id="/kubepods/cart",image="cart:1",name="k8s_cart",namespace="shop",pod="cart-0"'
CONDITIONS = ("DiskPressure", "MemoryPressure", "PIDPressure")

KUBE = f"""
kube_pod_container_status_restarts_total{{{BOX}}} 5 +1
kube_pod_container_status_waiting_reason{{{BOX},reason="CrashLoopBackOff"}} 1
kube_pod_container_status_last_terminated_reason{{{BOX},reason="OOMKilled"}} 1
kube_pod_status_ready{{{POD},condition="true"}} 0
kube_pod_status_ready{{{POD},condition="false"}} 1
kube_pod_status_ready{{namespace="shop",pod="bill-1",uid="77aa",condition="true"}} 0
kube_pod_status_phase{{{POD},phase="Running"}} 1
kube_pod_status_phase{{{POD},phase="Succeeded"}} 0
kube_pod_status_phase{{namespace="shop",pod="bill-1",uid="77aa",phase="Succeeded"}} 1
kube_pod_container_resource_limits{{{BOX},node="n1",resource="memory",unit="byte"}} 100000000
kube_pod_container_resource_limits{{{BOX},node="n1",resource="cpu",unit="core"}} 1
kube_deployment_spec_replicas{{namespace="shop",deployment="web"}} 3
kube_deployment_status_replicas_available{{namespace="shop",deployment="web"}} 0
kube_statefulset_replicas{{namespace="shop",statefulset="cart"}} 2
kube_statefulset_status_replicas_ready{{namespace="shop",statefulset="cart"}} 0
kube_daemonset_status_desired_number_scheduled{{namespace="kube-system",daemonset="log"}} 4
kube_daemonset_status_number_available{{namespace="kube-system",daemonset="log"}} 0
kube_node_status_condition{{node="n1",condition="Ready",status="true"}} 0
kube_node_status_condition{{node="n1",condition="Ready",status="false"}} 1
""" + "".join(f'kube_node_status_condition{{node="n1",condition="{condition}",status="true"}} 1\n' for condition in CONDITIONS)

KUBELET = f"""
container_memory_working_set_bytes{{{ADVISED}}} 95000000
container_memory_working_set_bytes{{container="",id="/kubepods",image="",name="",namespace="shop",pod="cart-0"}} 99000000
container_cpu_cfs_throttled_periods_total{{{ADVISED}}} 0 +8
container_cpu_cfs_periods_total{{{ADVISED}}} 0 +10
kubelet_volume_stats_available_bytes{{namespace="shop",persistentvolumeclaim="data-cart-0"}} 10000000
kubelet_volume_stats_capacity_bytes{{namespace="shop",persistentvolumeclaim="data-cart-0"}} 1000000000
"""


def served(counter, codes, histogram, labels, bounds=("0.5", "1", "2.5")):
    """Half of ten requests a second fail, and most take longer than the middle bound. codes: the labels of success and of failure."""
    lines = [f"{counter}{{{labels},{code}}} 0 +5" for code in codes]
    for bound, growth in zip((*bounds, "+Inf"), (1, 2, 10, 10)):
        lines += [f'{histogram}_bucket{{{labels},le="{bound}"}} 0 +{growth}'] if histogram else []
    return "\n".join(lines) + "\n"


SPRING = 'exception="None",method="GET",outcome="SERVER_ERROR",uri="/cart"'
OTEL = 'http_request_method="GET",http_route="/cart",url_scheme="http"'
INGRESS = 'controller_class="k8s.io/ingress-nginx",host="shop.example.org",ingress="web",method="GET",path="/",namespace="shop"'
TRAEFIK = 'method="GET",protocol="http",service="web@docker"'
ENVOY = 'envoy_cluster_name="web"'
SHOP = 'namespace="shop",'  # as Kubernetes service discovery adds it

WEB = (
    served("http_requests_total", ('code="200"', 'code="503"'), "http_request_duration_seconds", SHOP + 'method="get",handler="/"')
    + served("http_server_requests_seconds_count", ('status="200"', 'status="500"'), "http_server_requests_seconds", SHOP + SPRING)
    + served("http_server_request_duration_seconds_count", ('http_response_status_code="200"', 'http_response_status_code="500"'),
             "http_server_request_duration_seconds", SHOP + OTEL)
    + served("nginx_ingress_controller_requests", ('status="200"', 'status="502"'), "nginx_ingress_controller_request_duration_seconds", INGRESS)
    + served("traefik_service_requests_total", ('code="200"', 'code="500"'), "traefik_service_request_duration_seconds", SHOP + TRAEFIK)
    + served("haproxy_backend_http_responses_total", ('code="2xx"', 'code="5xx"'), "", SHOP + 'proxy="web"')
    + served("envoy_cluster_upstream_rq_xx", ('envoy_response_code_class="2"', 'envoy_response_code_class="5"'), "envoy_cluster_upstream_rq_time",
             SHOP + ENVOY, ("500", "1000", "2500"))
    + "".join(f"{name}_up 0\n" for name in ("nginx", "apache", "haproxy", "phpfpm")))

# The other word for a status code.
WEB_STATUS = served("http_requests_total", ('status="200"', 'status="500"'), "", SHOP + 'method="GET"')

PAGES = {"kube-state-metrics": KUBE, "kubelet": KUBELET, "web": WEB, "web-status": WEB_STATUS}


def page(text, seconds):
    """The text as an exporter would show it after so many seconds."""
    shown = []
    for line in filter(None, text.split("\n")):
        series, _, value = line.rpartition("} ") if "}" in line else line.rpartition(" ")
        series += "}" if "}" in line else ""
        start, _, growth = value.partition(" +")
        shown.append(f"{series} {float(start) + float(growth or 0) * seconds:.3f}\n")
    return "".join(shown)
