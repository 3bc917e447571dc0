#!/usr/bin/env bash
# Installs the Vulkan loader and a lavapipe that Dawn accepts (Mesa 23.1 or newer) on Debian and Ubuntu. Needs root.
# Debian 12 ships 22.3, which lacks dynamic indexing of uniform arrays, so there the driver comes from backports on apt's own mirror.
set -euo pipefail
. /etc/os-release
target=()
if [ "${VERSION_CODENAME:-}" = bookworm ]; then
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/\?$') ||
    { echo "apt names no Debian mirror to take backports from" >&2; exit 1; }
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri bookworm-backports main" \
    > /etc/apt/sources.list.d/kindling-backports.list
  target=(-t bookworm-backports)
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -yqq --no-install-recommends libvulkan1
apt-get install -yqq --no-install-recommends "${target[@]}" mesa-vulkan-drivers
ls /usr/share/vulkan/icd.d/lvp_icd*.json
