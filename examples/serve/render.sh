#!/bin/sh
# A music video out of `mvpipe serve` with curl alone: token, session, upload, prompt, render.
#
#   render.sh SONG OUT.mp4 [PROMPT]
#
# NEMO_API_URL  where the server is (default: http://127.0.0.1:8765)
# NEMO_TOKEN    its token; without one an anonymous token is asked for
# QUALITY       high (default), standard or draft
# EVERY         seconds between two looks at the render (default: 2)
set -eu

song=$1
out=$2
prompt=${3:-generate a music video with visuals that match the beat and mood of my track}
api=${NEMO_API_URL:-http://127.0.0.1:8765}

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The token goes to curl by a file: what stands on a command line, every process can read.
call() {
  curl -sS --fail-with-body -H @"$work/headers" "$@"
}

# field NAME: the text of one field of the JSON on standard input
field() {
  sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}

cat > "$work/headers" <<END
X-Skill-Source: ai-music-video-generator-free
X-Skill-Version: curl
X-Skill-Platform: unknown
END

# 1. a token, unless there is one
if [ -z "${NEMO_TOKEN:-}" ]; then
  NEMO_TOKEN=$(call -X POST "$api/api/auth/anonymous-token" \
    -H "X-Client-Id: ${NEMO_CLIENT_ID:-curl-$$-$(date +%s)}" | field token)
fi
echo "Authorization: Bearer $NEMO_TOKEN" >> "$work/headers"

# 2. a session
session=$(call "$api/api/tasks/me/with-session/nemo_agent" \
  -H 'Content-Type: application/json' \
  -d '{"task_name":"project","language":"en"}' | field session_id)
echo "session $session" >&2

# 3. the song
call "$api/api/upload-video/nemo_agent/me/$session" -F "files=@$song" > "$work/uploaded"
echo "uploaded $song" >&2

# 4. the prompt; the reply comes as a stream of events
said=$(printf '%s' "$prompt" | tr '\n' ' ' | sed 's/[\\"]/\\&/g')
cat > "$work/turn" <<END
{"app_name":"nemo_agent","user_id":"me","session_id":"$session","new_message":{"parts":[{"text":"$said"}]}}
END
call -N "$api/run_sse" -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
  --data-binary @"$work/turn" | field text >&2

# 5. the timeline, which goes back as it came
call "$api/api/state/nemo_agent/me/$session/latest" \
  | sed -n 's/.*"draft":\(.*\),"canvas_config".*/\1/p' > "$work/draft"

# 6. the render, under an id of our own
render=render_$(date +%s)$$
{
  printf '{"id":"%s","sessionId":"%s","draft":' "$render" "$session"
  cat "$work/draft"
  printf ',"output":{"format":"mp4","quality":"%s"}}' "${QUALITY:-high}"
} > "$work/order"
call "$api/api/render/proxy/lambda" -H 'Content-Type: application/json' \
  --data-binary @"$work/order" > /dev/null

# 7. wait for it
while :; do
  call "$api/api/render/proxy/lambda/$render" > "$work/state"
  case $(field status < "$work/state") in
    completed) break ;;
    pending | processing) sleep "${EVERY:-2}" ;;
    *) cat "$work/state" >&2; exit 1 ;;
  esac
done

# 8. the video
call "$api/api/render/proxy/$render/download" -o "$work/video.mp4"
mv "$work/video.mp4" "$out"
echo "$out" >&2
